import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { KeyReport } from '../../src/app/app.ts';
import { Journal, JournalTree } from '../../src/journal/journal.ts';
import { makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { ask, goTool, pythonTool, skipGo, skipPython, type Question, type Tool } from '../support/other-tools.ts';
import { put, records } from '../support/records.ts';

/*
 * The journal of a lake is held up to programs that know nothing of gexlake: its folder with all tiles, its signed checkpoint, and proofs that
 * entries are in it. Each is held up altered, too, and must be refused.
 */

type Case = { readonly what: string; readonly question: Question; readonly accepted: boolean };

const scratch = await mkdtemp(join(tmpdir(), 'gexlake-tools-'));
after(() => rm(scratch, { recursive: true, force: true }));
const owner: Owner = { after };

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** A lake with more than one bundle of entries, and a key. */
async function livedIn(): Promise<{ lake: Lake; key: string; older: string }> {
  const lake = await makeLake(owner);
  const env = { XDG_CONFIG_HOME: join(lake.desk, 'config') };
  await lake.import([await put(lake.desk, '2025-10-22_SPX_classic_gex_zero.json', records(20))]);
  const { key } = await lake.json<KeyReport>(['log', 'key', 'new'], { env });
  const older = await readFile(join(lake.folder, 'log/checkpoint'), 'utf8');
  // As a service writes them whose jobs come in: the database has their rows by the next command.
  const journal = new Journal(join(lake.folder, 'log'));
  for (let at = 0; at < 600; at++) {
    const committed_at = new Date().toISOString();
    await journal.append({ kind: 'change', committed_at, actor: 'tester', what: [`${at}`], rows: [] });
  }
  await lake.run(['enqueue', await put(lake.desk, '2025-10-23_SPX_classic_gex_zero.json', records(20, 86_400))], {
    env,
  });
  return { lake, key: String(key), older };
}

async function makeCases(): Promise<Case[]> {
  const { lake, key, older } = await livedIn();
  const log = join(lake.folder, 'log');
  const tree = new JournalTree(new Journal(log));
  const kept = await tree.kept();
  assert.ok(kept !== null && kept.size > 600);
  const { text, size, root } = kept;
  const cases: Case[] = [await folderCase(log, key, null)];
  for (const damaged of ['tile/entries/001', 'tile/0/000', 'tile/1/000.p/2', 'checkpoint'])
    cases.push(await folderCase(log, key, damaged));
  const checkpoint = { kind: 'checkpoint', file: text, key, size, root: base64(root) };
  const another = text.replace(`\n${size}\n`, `\n${size - 1}\n`);
  cases.push({ what: 'the checkpoint', question: checkpoint, accepted: true });
  cases.push({ what: 'one of another size', question: { ...checkpoint, file: another }, accepted: false });
  for (const seq of [0, 255, 256, size - 1]) {
    const proof = await tree.prove(seq);
    assert.ok(proof !== null);
    const claim = { kind: 'inclusion', entry: base64(proof.entry), index: seq, size, root: base64(root) };
    const question = { ...claim, proof: proof.proof.map(base64) };
    const altered = base64(Buffer.concat([proof.entry, Buffer.from(' ')]));
    cases.push({ what: `entry ${seq}`, question, accepted: true });
    cases.push({ what: `entry ${seq}, altered`, question: { ...question, entry: altered }, accepted: false });
  }
  cases.push(...(await growthCases(tree, older, { size, root })));
  return cases;
}

/** That the journal when it got its key is the beginning of the one now. */
async function growthCases(
  tree: JournalTree,
  older: string,
  { size, root }: { readonly size: number; readonly root: Uint8Array },
): Promise<Case[]> {
  const [origin = '', count = '', fromRoot = ''] = older.split('\n');
  const from = { origin, size: Number(count), root: Buffer.from(fromRoot, 'base64') };
  const proof = await tree.proveGrowth(from, { origin, size, root });
  const claim = { kind: 'consistency', from: from.size, fromRoot, to: size, toRoot: base64(root) };
  const question = { ...claim, proof: proof.map(base64) };
  const other = base64(Buffer.alloc(32, 5));
  return [
    { what: 'an older checkpoint', question, accepted: true },
    { what: 'an older checkpoint, altered', question: { ...question, fromRoot: other }, accepted: false },
  ];
}

/** The journal's folder, with a bit turned in one file of it, or none. */
async function folderCase(log: string, key: string, damaged: string | null): Promise<Case> {
  const folder = join(scratch, damaged === null ? 'whole' : damaged.replaceAll('/', '-'));
  await cp(log, folder, { recursive: true });
  if (damaged !== null) {
    const bytes = await readFile(join(folder, damaged));
    bytes[50] = (bytes[50] ?? 0) ^ 1;
    await rm(join(folder, damaged));
    await writeFile(join(folder, damaged), bytes);
  }
  const what = damaged === null ? 'the folder' : `the folder with another bit in ${damaged}`;
  return { what, question: { kind: 'folder', folder, key }, accepted: damaged === null };
}

let made: Promise<Case[]> | null = null;

async function agrees(tool: Tool): Promise<void> {
  const cases = await (made ??= makeCases());
  const answers = ask(
    tool,
    cases.map(({ question }) => question),
  );
  for (const [at, { what, accepted }] of cases.entries())
    assert.equal(answers[at]?.accepted, accepted, `${what}: ${answers[at]?.why}`);
}

test(
  "Go's golang.org/x/mod/sumdb reads the journal of a lake, and refuses altered ones",
  { skip: skipGo() },
  async () => {
    await agrees(goTool(scratch));
  },
);

test("Python's standard library does", { skip: skipPython('hashlib') }, async () => {
  await agrees(pythonTool('hashlib', 'standard_library.py'));
});
