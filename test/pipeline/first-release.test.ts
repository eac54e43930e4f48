import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, suite } from 'node:test';
import type { App } from '../../src/app/app.ts';
import { appOn, workOn } from '../support/built-program.ts';
import { lakeAt, lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { put, type MadeRecord } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

/*
 * A data folder that the first release wrote, with imports, extensions, a correction, a compaction and a failed job. Every later
 * gexlake does everything with it.
 */

const archive = join(import.meta.dirname, '../../../shared/lake-v1.tar.gz');
const skip = existsSync(archive) ? false : `${archive} is not there`;
const owner = lastFirst({ after });
const apply = { apply: true, expected: null } as const;
const iwm = 'parquet/gex/2026/02/IWM/state_gex_zero';

let lake: Lake;
let app: App;
let published: readonly unknown[];

before(async () => {
  if (skip !== false) return;
  const { desk } = await makeLake(owner);
  execFileSync('tar', ['-xzf', archive, '-C', desk]);
  lake = lakeAt(join(desk, 'lake'), desk);
  app = await appOn(lake.folder);
  published = await rows();
});

async function rows(): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (const dataset of ['snapshots', 'strikes'])
    found.push((await app.query(`SELECT * FROM ${dataset} ORDER BY ALL`, 1_000_000)).rows);
  return found;
}

async function mustVerify(): Promise<void> {
  const { ok, problems } = await app.verify({ kind: 'deep' }, () => undefined);
  assert.deepEqual({ ok, problems }, { ok: true, problems: [] });
}

/** The newest source of each session that was staged, with its records. */
async function stagedSources(): Promise<ReadonlyMap<string, MadeRecord[]>> {
  const root = join(lake.folder, 'source/gexbot');
  const paths = (await readdir(root, { recursive: true })).filter((path) => path.endsWith('.json')).sort();
  const found = new Map<string, MadeRecord[]>();
  // Those of later jobs lie in folders.
  const inOrder = [...paths.filter((path) => !path.includes('/')), ...paths.filter((path) => path.includes('/'))];
  for (const path of inOrder)
    found.set(basename(path), JSON.parse(await readFile(join(root, path), 'utf8')) as MadeRecord[]);
  return found;
}

async function change(request: Parameters<App['importSources']>[0][number]): Promise<void> {
  const { status, error } = only(await workOn(lake.folder, { kind: 'sources', requests: [request] }));
  assert.deepEqual([status, error], ['completed', null]);
  await mustVerify();
}

suite('a data folder of the first release', { skip }, () => {
  test('verifies and answers', async () => {
    await mustVerify();
    const [snapshots, strikes] = published as readonly (readonly unknown[])[];
    assert.deepEqual([snapshots?.length, strikes?.length], [300, 4868 - 300]);
  });

  long('its sessions are extended, and what was published stays as it was', async () => {
    const sources = await stagedSources();
    assert.equal(sources.size, 4);
    for (const [name, records] of sources) {
      const last = records.at(-1) ?? {};
      const later = { ...last, timestamp: Number(last['timestamp']) + 1 };
      await change({ source: await put(lake.desk, `later/${name}`, [...records, later]), publish: true });
    }
    const [snapshots] = await rows();
    assert.equal((snapshots as readonly unknown[]).length, 304);
    const known = new Set(
      (await rows()).flatMap((found) => (found as readonly unknown[]).map((row) => JSON.stringify(row))),
    );
    for (const row of published.flat()) assert.ok(known.has(JSON.stringify(row)), JSON.stringify(row));
  });

  long('a job of it is corrected', async () => {
    const records = (await stagedSources()).get('2026-02-25_IWM_state_gex_zero.json') ?? [];
    const wrong = records.findIndex((one) => Number(one['timestamp']) > 1_772_000_000);
    const right = records.with(wrong, { ...records[wrong], delta_risk_reversal: 0.5 });
    const source = await put(lake.desk, 'right/2026-02-25_IWM_state_gex_zero.json', right);
    await change(await app.correction({ id: '01a2294c7b60784e816f6c0007066e9f', source: source, reason: 'test' }));
    const { rows: found } = await app.query(
      "SELECT count(*) FROM snapshots WHERE delta_risk_reversal = 0.5 AND ticker = 'IWM'",
      10,
    );
    assert.deepEqual(found, [[1]]);
  });

  long('its folders are merged, and a merging is undone', async () => {
    for (const path of [iwm.replace('IWM', 'AAPL'), iwm]) {
      const files = await lake.tree(path);
      if (files.size > 2) await change(await app.compaction({ path, reason: 'test' }));
    }
    const merged = await rows();
    const target = `${iwm.replace('IWM', 'AAPL')}/snapshots.parquet`;
    await change(app.restoration(target, 'test'));
    assert.deepEqual(await rows(), merged);
  });

  long('its files are made again or put back, byte for byte', async () => {
    const whole = await lake.tree('parquet');
    // Every other one: where one of a job is whole, it shows what the other held.
    for (const path of [...whole.keys()].filter((_, at) => at % 2 === 0)) {
      const full = join(lake.folder, 'parquet', path);
      await chmod(full, 0o644);
      await writeFile(full, (await readFile(full)).fill(0, 4, 40));
      await chmod(full, 0o444);
    }
    const { left, failed } = await app.repair({ kind: 'deep' }, apply, () => undefined);
    assert.deepEqual({ left, failed }, { left: [], failed: [] });
    await mustVerify();
    const checksums = (tree: ReadonlyMap<string, string>) =>
      [...tree].map(([path, state]) => [path, state.split(' ').at(-1)]);
    assert.deepEqual(checksums(await lake.tree('parquet')), checksums(whole));
  });

  long('it is backed up and restored', async () => {
    const before = await rows();
    const { snapshot } = await app.backUp(apply, null, () => undefined);
    await rm(join(lake.folder, 'gex_history.db'));
    const restored = await app.restore({ ask: apply, snapshot: snapshot ?? '', into: null }, () => undefined);
    assert.deepEqual([restored.applied, restored.verify?.problems], [true, []]);
    assert.deepEqual(await rows(), before);
  });

  long('its log is made again from the files', async () => {
    const before = await rows();
    await rm(join(lake.folder, 'gex_history.db'));
    const { exitCode, stderr } = await lake.run(['restore', '--rebuild-log', '--apply']);
    assert.equal(exitCode, 0, stderr);
    await mustVerify();
    assert.deepEqual(await rows(), before);
    const sql = 'SELECT contract_version, count(*)::INTEGER FROM parquet_files GROUP BY 1 ORDER BY 1';
    const { rows: versions } = await app.query(sql, 10);
    assert.deepEqual(
      versions.map(([version]) => version),
      ['1', '2'],
    );
  });
});
