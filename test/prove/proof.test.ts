import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite } from 'node:test';
import { checkProof, type CheckReport } from '../../src/prove/prove.ts';
import {
  formatNote,
  formatVerifier,
  generateSigner,
  parseNote,
  parseVerifier,
  signNote,
  verifierOf,
} from '../../src/tlog/tlog.ts';
import { errorOf, lastFirst, makeLake, only, type Lake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';

/* The proof of one number, checked without the lake: by gexlake, and by a program of Python's standard library alone. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const verifyPy = join(import.meta.dirname, '../../clients/verify/verify_proof.py');
const hasPython = spawnSync('python3', ['--version']).status === 0;
const signer = generateSigner('example.com/lake');
const key = formatVerifier(verifierOf(signer));
const otherKey = formatVerifier(verifierOf(generateSigner('example.com/lake')));

const owner = lastFirst({ after });
let lake: Lake;
let [path, text, signed] = ['', '', ''];

before(async () => {
  lake = await makeLake(owner);
  only(await lake.import([await put(lake.desk, name, records(30))]));
  path = join(lake.desk, 'number.proof');
  const ran = await lake.run(['prove', 'SPX', 'gex_zero', '2025-10-22T13:30:05Z', '6705', '--out', path]);
  assert.equal(ran.exitCode, 0, ran.stderr);
  text = await readFile(path, 'utf8');
  const proof = JSON.parse(text) as { checkpoint: string };
  const checkpoint = formatNote(signNote(parseNote(proof.checkpoint), [signer]));
  signed = JSON.stringify({ ...proof, checkpoint });
});

/** Whether gexlake accepts it. */
function accepts(proof: string, with_: string | null): boolean {
  try {
    return checkProof(proof, with_ === null ? null : parseVerifier(with_)).ok;
  } catch {
    return false;
  }
}

/** The receipt is no part of what has to be shown, so that a proof without its entry shows less, and holds. */
const mayLack = 'proof.entries.0 left out';

/** Every way to alter one value of it, or to leave one out. */
function* altered(value: Json, at: string): Generator<readonly [string, Json], void, void> {
  if (typeof value === 'string') {
    for (const place of new Set([0, Math.floor(value.length / 2), value.length - 1])) {
      const other = value[place] === '7' ? '8' : '7';
      yield [`${at}, character ${place}`, value.slice(0, place) + other + value.slice(place + 1)];
    }
  } else if (typeof value === 'number') yield [at, value + 1];
  else if (value === null) yield [at, 'x'];
  else if (typeof value === 'object') {
    const entries = Object.entries(value);
    const rebuilt = (changed: readonly (readonly [string, Json])[]): Json =>
      Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
    for (const [index, [name_, item]] of entries.entries()) {
      yield [`${at}.${name_} left out`, rebuilt(entries.toSpliced(index, 1))];
      for (const [what, other] of altered(item, `${at}.${name_}`))
        yield [what, rebuilt(entries.with(index, [name_, other]))];
    }
  }
}

/** Asks Python about a proof; null where it accepts it, else what it says. */
async function python(proof: string, ...args: readonly string[]): Promise<string | null> {
  const file = join(lake.desk, 'asked.proof');
  await writeFile(file, proof);
  const ran = spawnSync('python3', ['-I', '-S', verifyPy, file, ...args], { encoding: 'utf8', cwd: '/', env: {} });
  assert.ok([0, 2, 6].includes(ran.status ?? -1), ran.stderr);
  return ran.status === 0 ? null : ran.stdout + ran.stderr;
}

suite('a proof', () => {
  test('shows its number without the lake, and says what it does not show', async () => {
    const { stdout, exitCode } = await lake.run(['prove', '--check', path, '--json']);
    const { ok, number, shown, not_shown } = JSON.parse(stdout) as CheckReport;
    assert.deepEqual([ok, exitCode, number.value, number.column], [true, 0, 7.5, 'gex_vol']);
    assert.match(shown.join('\n'), /gex_vol = 7\.5 for strike 6705 of SPX gex_zero[^]*it came at[^]*strikes\.parquet/);
    assert.match(not_shown[0] ?? '', /is not signed/);
    const signature = checkProof(signed, parseVerifier(key));
    assert.match(signature.shown.join('\n'), /the one that example\.com\/lake has signed/);
    assert.deepEqual([accepts(text, key), accepts(signed, otherKey), accepts(signed, null)], [false, false, true]);
  });

  long('is written once, of what is proven, and outside the data folder', async () => {
    const again = ['prove', 'SPX', 'gex_zero', '2025-10-22T13:30:05Z', '6705', '--out'];
    assert.equal(errorOf(await lake.run([...again, path, '--json'])).code, 'FILE_EXISTS');
    assert.equal(errorOf(await lake.run([...again, join(lake.folder, 'x.proof'), '--json'])).code, 'USAGE');
    assert.equal(errorOf(await lake.run(['prove', '--check', join(lake.desk, name), '--json'])).code, 'PROOF_INVALID');
    assert.equal((await lake.run(['verify'])).exitCode, 0);
  });

  test('that is altered anywhere is refused', () => {
    let tried = 0;
    for (const [what, other] of altered(JSON.parse(signed) as Json, 'proof')) {
      assert.equal(accepts(JSON.stringify(other), key), what === mayLack, what);
      tried++;
    }
    assert.ok(tried > 60, String(tried));
  });

  test('is checked with Python alone, and refused where it is altered', { skip: !hasPython }, async () => {
    assert.equal(await python(text), null);
    assert.equal(await python(signed, '--key', key), null);
    assert.match((await python(text, '--key', key)) ?? '', /not signed by/);
    assert.match((await python(signed, '--key', otherKey)) ?? '', /not signed by/);
    assert.match((await python(text.replace('"value": 7.5', '"value": 7.25'))) ?? '', /says another number/);
  });

  long('holds where its rows lie beside their entry', { skip: !hasPython }, async (context) => {
    const old = await makeLake(context);
    await old.import([await put(old.desk, name, records(30))]);
    const many = Array.from({ length: 150 }, (_, at) => `file:///nowhere/${at}/${name}`);
    assert.equal((await old.run(['enqueue', ...many])).exitCode, 0);
    // The next command begins a journal with all rows, which are too many for an entry.
    await rm(join(old.folder, 'log'), { recursive: true });
    const out = join(old.desk, 'old.proof');
    const ran = await old.run(['prove', 'SPX', 'gex_zero', '2025-10-22T13:30:05Z', '6705', '--out', out]);
    assert.equal(ran.exitCode, 0, ran.stderr);
    const proof = await readFile(out, 'utf8');
    const { entries } = JSON.parse(proof) as { entries: { payload: string | null }[] };
    assert.deepEqual(
      entries.map(({ payload }) => payload === null),
      [false, true],
    );
    assert.deepEqual([accepts(proof, null), await python(proof)], [true, null]);
    assert.equal(accepts(proof.replace('"payload": "{', '"payload": "{ '), null), false);
  });

  long('is accepted by an earlier key that has handed over to the one that signed it', async (context) => {
    const rotated = await makeLake(context);
    await rotated.import([await put(rotated.desk, name, records(30))]);
    const env = { GEXLAKE_LOG_KEY_FILE: join(rotated.desk, 'private.key') };
    const named = async (word: string) => (await rotated.json<{ key: string }>(['log', 'key', word], { env })).key;
    const [first, last] = [await named('new'), await named('rotate')];
    const out = join(rotated.desk, 'number.proof');
    const ran = await rotated.run(['prove', 'SPX', 'gex_zero', '2025-10-22T13:30:05Z', '6705', '--out', out], { env });
    assert.equal(ran.exitCode, 0, ran.stderr);
    const file = join(rotated.desk, 'first.key');
    await writeFile(file, `${first}\n`);
    for (const given of [first, last, file])
      assert.equal((await rotated.run(['prove', '--check', out, '--key', given])).exitCode, 0, given);
    assert.equal((await rotated.run(['prove', '--check', out, '--key', otherKey])).exitCode, 6);
    const proof = await readFile(out, 'utf8');
    const { entries, ...rest } = JSON.parse(proof) as { entries: { entry: string }[] };
    const without = JSON.stringify({
      ...rest,
      entries: entries.filter(({ entry }) => !entry.includes('statement":"')),
    });
    assert.deepEqual([accepts(proof, first), accepts(without, first), accepts(without, last)], [true, false, true]);
    if (!hasPython) return;
    assert.deepEqual([await python(proof, '--key', first), await python(proof, '--key', file)], [null, null]);
    assert.match((await python(without, '--key', first)) ?? '', /not signed by/);
  });

  long('that names a file of another session is refused', async (context) => {
    const two = await makeLake(context);
    await two.import([await put(two.desk, name, records(30))]);
    await two.import([await put(two.desk, name.replace('22', '23'), records(30, 86_400))]);
    const proofOf = async (day: number, file: string) => {
      const out = join(two.desk, file);
      const words = ['prove', 'SPX', 'gex_zero', `2025-10-${day}T13:30:05Z`, '6705', '--out', out];
      assert.equal((await two.run(words)).exitCode, 0);
      return JSON.parse(await readFile(out, 'utf8')) as { file: Json; checkpoint: string; entries: Json[] };
    };
    await proofOf(22, 'first.proof');
    const other = await proofOf(23, 'other.proof');
    const own = await proofOf(22, 'own.proof');
    assert.equal(own.checkpoint, other.checkpoint);
    const moved = JSON.stringify({ ...own, file: other.file, entries: [...own.entries, ...other.entries] });
    assert.deepEqual([accepts(JSON.stringify(own), null), accepts(moved, null)], [true, false]);
    assert.match(checkProof(moved, null).wrong ?? '', /its file has no rows of the session 2025-10-22/);
    if (!hasPython) return;
    assert.equal(await python(JSON.stringify(own)), null);
    assert.match((await python(moved)) ?? '', /its file has no rows of the session 2025-10-22/);
  });

  long('that is altered anywhere is refused by Python', { skip: !hasPython }, async () => {
    for (const [what, other] of altered(JSON.parse(signed) as Json, 'proof'))
      assert.equal((await python(JSON.stringify(other), '--key', key)) === null, what === mayLack, what);
  });
});
