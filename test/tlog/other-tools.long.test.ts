import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  encodeEntry,
  formatCheckpoint,
  formatSigner,
  formatVerifier,
  generateSigner,
  grownBundles,
  hashAtSize,
  openCheckpoint,
  parseSigner,
  parseVerifier,
  proveConsistency,
  proveInclusion,
  tilePath,
  tile_width,
  verifierOf,
  type Hash,
} from '../../src/tlog/tlog.ts';
import { ask, goTool, pythonTool, skipGo, skipPython, type Question, type Tool } from '../support/other-tools.ts';
import { entriesOf, flipped, growLog } from './trees.ts';

/*
 * Programs that know nothing of gexlake are asked about what src/tlog has made: a log in a folder, its checkpoint and its proofs. They
 * are asked the same with something altered, too, and must refuse it. Each is found when the tests run; where one is missing its tests
 * say so and are skipped. `pip install aics-tlog` needs Python 3.12.
 */

type Case = { readonly what: string; readonly question: Question; readonly accepted: boolean };

const scratch = mkdtempSync(join(tmpdir(), 'gexlake-tlog-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** Tiles on three levels, the last of each partial. */
const size = 66_000;
const origin = 'example.com/lake';
const signer = generateSigner(origin);
const key = formatVerifier(verifierOf(signer));
const entries = entriesOf(size);
const log = growLog(entries);
const root = log.tree.root();
const checkpoint = formatCheckpoint({ origin, size, root }, [signer]);

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function checkpointCases(): Case[] {
  const question = { kind: 'checkpoint', file: checkpoint, key, size, root: base64(root) };
  const other = generateSigner(origin);
  const altered = {
    'of a larger tree': { file: checkpoint.replace(`\n${size}\n`, `\n${size + 1}\n`) },
    'of another root': { file: checkpoint.replace(base64(root), base64(flipped(root, 9))) },
    'of another log': { file: checkpoint.replace(`${origin}\n`, `${origin}s\n`) },
    'without its signature': { file: formatCheckpoint({ origin, size, root }) },
    'signed by another key of that name': { file: formatCheckpoint({ origin, size, root }, [other]) },
    'checked by another key of that name': { key: formatVerifier(verifierOf(other)) },
    'with a damaged signature': {
      file: checkpoint.replace(/.{8}=*\n$/, (end) => end.replace(/^./, (is) => (is === 'A' ? 'B' : 'A'))),
    },
    'with a line more': { file: checkpoint.replace('\n\n', '\nmore\n\n') },
  };
  return [
    { what: 'a checkpoint', question, accepted: true },
    {
      what: 'a checkpoint that two have signed',
      question: { ...question, file: formatCheckpoint({ origin, size, root }, [other, signer]) },
      accepted: true,
    },
    ...Object.entries(altered).map(([what, change]) => {
      return { what: `a checkpoint ${what}`, question: { ...question, ...change }, accepted: false };
    }),
  ];
}

async function inclusionCases(index: number, count: number): Promise<Case[]> {
  const proof = await proveInclusion(index, count, log.read);
  const claim = {
    kind: 'inclusion',
    entry: base64(entries[index] as Buffer),
    index,
    size: count,
    root: base64(await hashAtSize(count, log.read)),
    proof: proof.map(base64),
  };
  const what = `entry ${index} of ${count}`;
  const altered = [
    { entry: base64(Buffer.from('another')) },
    { index: index === 0 ? count - 1 : index - 1 },
    ...alteredProofs(proof).map((hashes) => ({ proof: hashes.map(base64) })),
  ];
  return withAltered(what, claim, count === 1 ? [altered[0] as object] : altered);
}

async function consistencyCases(from: number, to: number): Promise<Case[]> {
  const proof = await proveConsistency(from, to, log.read);
  const [fromRoot, toRoot] = [await hashAtSize(from, log.read), await hashAtSize(to, log.read)];
  const claim = {
    kind: 'consistency',
    from,
    fromRoot: base64(fromRoot),
    to,
    toRoot: base64(toRoot),
    proof: proof.map(base64),
  };
  return withAltered(`${from} entries of ${to}`, claim, [
    { fromRoot: base64(flipped(fromRoot, 3)) },
    { toRoot: base64(flipped(toRoot, 200)) },
    ...alteredProofs(proof).map((hashes) => ({ proof: hashes.map(base64) })),
  ]);
}

function withAltered(what: string, question: Question, altered: readonly object[]): Case[] {
  return [
    { what, question, accepted: true },
    ...altered.map((change) => {
      return {
        what: `${what}, altered: ${JSON.stringify(change)}`,
        question: { ...question, ...change },
        accepted: false,
      };
    }),
  ];
}

function alteredProofs(proof: readonly Hash[]): Hash[][] {
  const longer = [...proof, Buffer.alloc(32, 1)];
  if (proof.length === 0) return [longer];
  const last = proof.length - 1;
  return [longer, proof.slice(1), proof.slice(0, -1), proof.with(last, flipped(proof[last] as Hash, 100))];
}

/** The log as a folder, with one bit turned in a file of it, or none. */
function folderCase(damaged: string | null): Case {
  const folder = join(scratch, damaged === null ? 'whole' : damaged.replaceAll('/', '-'));
  cpSync(plainFolder, folder, { recursive: true });
  const what = damaged === null ? 'a folder' : `a folder whose ${damaged} has another bit`;
  if (damaged !== null) writeFileSync(join(folder, damaged), flipped(readFileSync(join(folder, damaged)), 1234));
  return { what, question: { kind: 'folder', folder, key }, accepted: damaged === null };
}

const plainFolder = join(scratch, 'log');

function writeFolder(): void {
  const put = (path: string, bytes: Uint8Array | string) => {
    mkdirSync(dirname(join(plainFolder, path)), { recursive: true });
    writeFileSync(join(plainFolder, path), bytes);
  };
  for (const [path, bytes] of log.tiles) put(path, bytes);
  for (const bundle of grownBundles(0, size)) {
    const first = bundle.index * tile_width;
    put(tilePath(bundle), Buffer.concat(entries.slice(first, first + bundle.width).map(encodeEntry)));
  }
  put('checkpoint', checkpoint);
}

async function allCases(): Promise<Case[]> {
  const pairs = [
    [1, 1],
    [1, 2],
    [2, 3],
    [255, 256],
    [256, 257],
    [300, 700],
    [65_536, 65_537],
    [65_535, size],
    [65_536, size],
    [65_999, size],
    [size, size],
  ] as const;
  const nested = [
    ...pairs.map(([part, whole]) => inclusionCases(part - 1, whole)),
    ...pairs.map(([part, whole]) => consistencyCases(part, whole)),
  ];
  writeFolder();
  const damages = ['tile/entries/001', 'tile/0/100', 'tile/entries/257.p/208', 'tile/1/000', 'tile/2/000.p/1'];
  return [
    ...checkpointCases(),
    ...(await Promise.all(nested)).flat(),
    folderCase(null),
    ...damages.map((damaged) => folderCase(damaged)),
    folderCase('checkpoint'),
  ];
}

let made: Promise<Case[]> | null = null;

/** The tool says of every case what it should. */
async function agrees(tool: Tool): Promise<void> {
  const cases = await (made ??= allCases());
  const answers = ask(
    tool,
    cases.map(({ question }) => question),
  );
  assert.equal(answers.length, cases.length);
  for (const [at, { what, accepted }] of cases.entries())
    assert.equal(answers[at]?.accepted, accepted, `${what}: ${answers[at]?.why}`);
  assert.ok(cases.filter(({ accepted }) => accepted).length > 20);
}

suite("Go's golang.org/x/mod/sumdb", () => {
  const skip = skipGo();
  let built: Tool | null = null;
  const go = () => (built ??= goTool(scratch));

  test('accepts and refuses what it should', { skip }, async () => {
    await agrees(go());
  });

  test('has the same paths for tiles', { skip }, () => {
    const tiles = [0, 999, 1000, 1_234_067, 2 ** 40].flatMap((index) =>
      [0, 3].flatMap((level) => [1, 255, 256].map((width) => ({ level, index, width }))),
    );
    const answers = ask(
      go(),
      tiles.map((tile) => ({ kind: 'path', ...tile })),
    );
    assert.deepEqual(
      answers.map(({ text }) => text),
      tiles.map((tile) => tilePath(tile)),
    );
  });

  test('makes keys and signatures that are read here, and signs as is signed here', { skip }, () => {
    const [generated] = ask(go(), [{ kind: 'generate', text: origin }]);
    const [secret = '', open = ''] = generated?.text.split('\n') ?? [];
    assert.equal(formatVerifier(verifierOf(parseSigner(secret))), open);
    const text = formatCheckpoint({ origin, size, root });
    const [theirs, ours] = ask(go(), [
      { kind: 'sign', key: secret, text },
      { kind: 'sign', key: formatSigner(signer), text },
    ]);
    assert.equal(openCheckpoint(theirs?.text ?? '', [parseVerifier(open)]).size, size);
    assert.equal(ours?.text, checkpoint);
  });
});

test("Python's standard library accepts and refuses what it should", { skip: skipPython('hashlib') }, async () => {
  await agrees(pythonTool('hashlib', 'standard_library.py'));
});

test('the Python package aics-tlog accepts and refuses what it should', { skip: skipPython('aics_tlog') }, async () => {
  await agrees(pythonTool('aics_tlog', 'aics.py'));
});
