import assert from 'node:assert/strict';
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Journal } from '../../src/journal/journal.ts';
import { onStep } from '../../src/platform/steps.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { importDay } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

const bundle = 'log/tile/entries/000';

type Made = { readonly folder: string; readonly syncs: number };

/** Takes a snapshot; gives where it is, and how many of its files were synced. */
async function backUp(lake: Lake): Promise<Made> {
  let syncs = 0;
  onStep((step) => {
    if (step === 'backup:sync') syncs++;
  });
  try {
    const { snapshot } = await lake.json<{ snapshot: string }>(['backup', '--apply']);
    return { folder: join(lake.folder, snapshot), syncs };
  } finally {
    onStep(null);
  }
}

long('a snapshot links the full bundles of the one before, and copies what has other bytes there', async (context) => {
  const lake = await makeLake(context);
  await importDay(lake, 22);
  const journal = new Journal(join(lake.folder, 'log'));
  for (let at = (await journal.position()).size; at < 3 * 256; at++)
    await journal.append({ kind: 'change', committed_at: '2026-01-05T10:00:00Z', actor: 'tester', what: [], rows: [] });
  const [first, second] = [await backUp(lake), await backUp(lake)];
  // Two databases, what grows of the journal, the manifest and the sums.
  assert.ok(first.syncs - second.syncs >= 4, `${first.syncs} and ${second.syncs}`);
  const inodes = await Promise.all([first, second].map(async ({ folder }) => (await stat(join(folder, bundle))).ino));
  assert.equal(inodes[0], inodes[1]);
  const damaged = join(second.folder, bundle);
  const bytes = await readFile(damaged);
  await chmod(damaged, 0o600);
  await writeFile(damaged, bytes.fill(0, 100, 101));
  const third = await backUp(lake);
  assert.deepEqual(await readFile(join(third.folder, bundle)), await readFile(join(lake.folder, bundle)));
  assert.equal((await lake.run(['restore', third.folder, '--json'])).exitCode, 0);
  assert.equal((await lake.run(['verify'])).exitCode, 0);
});

long(
  'a snapshot of a journal with anchors, and with a file that somebody has put there, can be restored',
  async (context) => {
    const lake = await makeLake(context);
    await importDay(lake, 22);
    await lake.json(['log', 'anchor', '--file', join(lake.desk, 'checkpoint')]);
    await writeFile(join(lake.folder, 'log', 'notes of mine-1.txt'), 'x');
    const { folder } = await backUp(lake);
    await rm(join(lake.folder, 'log'), { recursive: true });
    await rm(join(lake.folder, 'gex_history.db'));
    const { exitCode, stderr } = await lake.run(['restore', folder, '--apply']);
    assert.equal(exitCode, 0, stderr);
    const { ok, anchors } = await lake.json<{ ok: boolean; anchors: number }>(['log', 'verify']);
    assert.deepEqual([ok, anchors], [true, 1]);
  },
);
