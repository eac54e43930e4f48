import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { endpoints } from '../../src/core/names.ts';
import { make } from '../sample/made.ts';
import { load, open_s, sessionDate, type Options } from './loaded.ts';
import { oneOf, test } from '../support/shares.ts';

/*
 * Records of the vendor's form must not meet JSON.parse: with it, a day takes several times as long. Every result would still
 * be right, so nothing but this would show it.
 */

async function parsesOf(t: TestContext, content: string, options: Options = {}): Promise<number> {
  const { mock } = t.mock.method(JSON, 'parse');
  try {
    await load(content, options);
    return mock.callCount();
  } finally {
    mock.restore();
  }
}

for (const [at, { name, ladder }] of endpoints.entries()) {
  oneOf(5, at)(`${name}: a sample is read without JSON.parse`, async (t) => {
    const { text } = make({ ticker: 'SPX', endpoint: name, records: 60, strikes: 20 });
    assert.equal(await parsesOf(t, text, { endpoint: name }), 0);
    assert.equal(await parsesOf(t, text, { endpoint: name, block_bytes: 3000 }), 0, `${ladder}, across blocks`);
  });
}

const record = (fields: string, at: number) => `{"timestamp":${open_s + at},"ticker":"SPX","spot":6000.5${fields}}`;

for (const [what, records] of [
  ['an empty ladder', [record(',"strikes":[]', 0)]],
  ['no ladder', [record('', 0)]],
  ['nulls for numbers', [record(',"zero_gamma":null,"strikes":[]', 0)]],
  ['fields in another order', [record(',"min_dte":0,"zero_gamma":1', 0), record(',"zero_gamma":1,"min_dte":0', 1)]],
  ['max_priors of any length', [record(',"max_priors":[]', 0), record(',"max_priors":[[1,-2],[3.5,0],[1,1]]', 1)]],
  ['more decimals', [record(',"strikes":[[6000.12345,-0.00001,-0,[0,0.0,1,2,3]]]', 0)]],
] as const) {
  test(`${what}: read without JSON.parse`, async (t) => {
    assert.equal(await parsesOf(t, `[${records.join(',')}]`, { sessionDate }), 0);
  });
}

test('greeks with null trailing numbers are read without JSON.parse', async (t) => {
  const content = `[${record(',"mini_contracts":[[6000,0.1,0.2,3,[1,2,3],null,4],[6005,0.1,0.2,3,[1,2,3],5,null]]', 0)}]`;
  assert.equal(await parsesOf(t, content, { kind: 'greeks' }), 0);
});

test('identical duplicates, byte for byte, are found without JSON.parse', async (t) => {
  assert.equal(await parsesOf(t, `[${[0, 0, 1, 1].map((at) => record('', at)).join(',')}]`), 0);
});

test('one record of another form costs one JSON.parse', async (t) => {
  const records = [record('', 0), record(' ', 1), record('', 2)];
  assert.equal(await parsesOf(t, `[${records.join(',')}]`), 1);
});
