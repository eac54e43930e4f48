import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { SampleFacts } from '../../src/sample/sample.ts';
import { runHere } from '../support/command-line.ts';
import { makeLake, only, errorOf } from '../support/gexlake.ts';
import { long, test } from '../support/shares.ts';

const lake = await makeLake({ after });
const sample = (...args: string[]) => runHere(['sample', '--records', '200', ...args], { cwd: lake.desk });

test('equal options give equal bytes, another seed others; - is standard output', async () => {
  const first = await sample('--out', 'first.json');
  assert.deepEqual([first.exitCode, first.stdout], [0, '']);
  assert.match(first.stderr, /^first\.json: .* 204 records \(3 duplicate, 1 stale\), [\d,]+ strike rows\n$/);
  const again = await sample('--out', '-');
  assert.equal(again.stdout, await readFile(join(lake.desk, 'first.json'), 'utf8'));
  const seeded = await sample('--out', '-', '--seed', '2');
  assert.notEqual(seeded.stdout, again.stdout);
  await sample('--out', 'first.json.gz', '--gzip');
  assert.equal(gunzipSync(await readFile(join(lake.desk, 'first.json.gz'))).toString('utf8'), again.stdout);
});

test('a file that is there is never replaced', async () => {
  const before = await readFile(join(lake.desk, 'first.json'));
  const ran = await sample('--out', 'first.json', '--seed', '3', '--json');
  assert.equal(ran.exitCode, 1);
  assert.equal(errorOf(ran).code, 'FILE_EXISTS');
  assert.deepEqual(await readFile(join(lake.desk, 'first.json')), before);
});

long('what it says the file holds is what an import finds', async () => {
  const file = '2025-10-22_NDX_state_gamma_one.json.gz';
  const args = ['--ticker', 'NDX', '--endpoint', 'gamma_one', '--strikes', '20', '--gzip', '--out', file, '--json'];
  const facts = JSON.parse((await sample(...args)).stdout) as SampleFacts;
  const result = only(await lake.import([file]));
  for (const name of [
    'records_read',
    'records_processed',
    'records_duplicate',
    'records_quarantined',
    'strike_rows',
  ] as const) {
    assert.equal(result[name], facts[name], name);
  }
});

test('options that make no sense are told', async () => {
  for (const [args, code] of [
    [['--records', 'x'], 'USAGE'],
    [['--ticker', '../x'], 'TICKER_INVALID'],
    [['--endpoint', 'x'], 'ENDPOINT_UNKNOWN'],
    [['--date', '2025-13-01'], 'SESSION_DATE_INVALID'],
  ] as const) {
    const ran = await sample('--out', 'never.json', ...args, '--json');
    assert.equal(errorOf(ran).code, code);
    assert.notEqual(ran.exitCode, 0);
  }
  await assert.rejects(readFile(join(lake.desk, 'never.json')), { code: 'ENOENT' });
});
