import assert from 'node:assert/strict';
import { assertSame, failure, given, open_s } from './loaded.ts';
import { modelOf, type Kind } from './model.ts';
import { oneOf, test } from '../support/shares.ts';

/*
 * One number at a time in a record that is of the vendor's form otherwise, so that the scanner meets it and not JSON.parse.
 */

const sound = words(`
  0 -0 0.0 -0.0 0.00 1 -1 10 1.5 -1.50 0.1 0.001 100 1.005 4.35 25187.21
  9007199254740991 -9007199254740991 9007199254740992 9007199254740993 -9007199254740993 18014398509481985
  900719925474099.1 900719925474099.3 9.007199254740993 0.9007199254740993 123456789012345678901234567890
  0.3000000000000000444 0.1234567890123456 0.12345678901234567 0.0000000000000000000001 0.00000000000000000000001
  1.0000000000000000000000 1.00000000000000000000000
  1e5 1E5 1e+5 1e-5 -1.5e3 0e0 -0e5 5e-324 2e-324 1.7976931348623157e308 1e22 1e23
  2147483647 2147483648 -2147483649 4294967295 4294967296 21474836.48 42949672.96 1000000000000000
`);

const wrong = words(`
  01 -01 00 1. -1. .5 -.5 - --1 +1 1- 1+1 1.2.3 1e 1e+ 1.e5 0x1 1_000 1, ,1 1" 1n nul nulls -null Null nan undefined ١ '1'
  1} 1] [1 {1
`).concat('1 2');

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

type Place = readonly [what: string, kind: Kind, fields: (number: string) => string];

const places: readonly Place[] = [
  ['a scalar', 'gex', (number) => `"zero_gamma":${number}`],
  ['the last field', 'gex', (number) => `"min_dte":0,"major_pos_oi":${number}`],
  ['a strike', 'gex', (number) => `"strikes":[[1,2,3,[4,5,6,7,8]],[${number},2,3,[4,5,6,7,8]]]`],
  ['a value of a ladder', 'gex', (number) => `"strikes":[[1,2,${number},[4,5,6,7,8]],[1,2,3,[4,5,6,7,8]]]`],
  ['a prior', 'gex', (number) => `"strikes":[[1,2,3,[${number},5,6,7,8]]]`],
  ['the last prior', 'gex', (number) => `"strikes":[[1,2,3,[4,5,6,7,${number}]]]`],
  ['the strike of a pair', 'gex', (number) => `"max_priors":[[${number},2]]`],
  ['the change of a pair', 'gex', (number) => `"max_priors":[[1,2],[3,${number}]]`],
  ['a trailing number', 'greeks', (number) => `"mini_contracts":[[1,2,3,4,[5,6,7],${number},9]]`],
  [
    'the last number',
    'greeks',
    (number) => `"mini_contracts":[[1,2,3,4,[5,6,7],8,${number}],[1,2,3,4,[5,6,7],null,null]]`,
  ],
  ['a flat number', 'flat', (number) => `"zcvr":${number},"ocvr":1`],
];

function record(at: number, fields: string): string {
  return `{"timestamp":${open_s + at},"ticker":"SPX","spot":6000.25,${fields}}`;
}

for (const [at, [what, kind, fields]] of places.entries()) {
  oneOf(3, at)(`${what}: every number is read as JSON.parse reads it`, async () => {
    const content = `[${sound.map((number, at) => record(at, fields(number))).join(',')}]`;
    await assertSame(content, modelOf(JSON.parse(content) as unknown[], { ...given, kind }), { kind });
  });

  oneOf(5, at)(`${what}: what is no number fails`, async () => {
    for (const number of wrong) {
      const content = `[${record(0, fields(number))},${record(1, fields('1'))}]`;
      assert.throws(() => JSON.parse(content), SyntaxError);
      const { code } = await failure(content, { kind });
      assert.ok(['JSON_INVALID', 'RECORD_NOT_OBJECT'].includes(code), `${number}: ${code}`);
    }
  });
}

test('null in each place is read as JSON.parse reads it', async () => {
  for (const kind of ['gex', 'greeks', 'flat'] as const) {
    for (const [what, , fields] of places.filter((place) => place[1] === kind)) {
      const records = Array.from({ length: 12 }, (_, at) => record(at, fields(at === 5 ? 'null' : '1')));
      const content = `[${records.join(',')}]`;
      const expected = modelOf(JSON.parse(content) as unknown[], { ...given, kind });
      assert.ok(typeof expected === 'object', what);
      await assertSame(content, expected, { kind });
    }
  }
});

test('spot: every number is read as JSON.parse reads it', async () => {
  const numbers = sound.filter((number) => Number(number) > 0);
  const records = numbers.map(
    (number, at) => `{"timestamp":${open_s + at},"ticker":"SPX","spot":${number},"strikes":[]}`,
  );
  const content = `[${records.join(',')}]`;
  await assertSame(content, modelOf(JSON.parse(content) as unknown[], given));
});
