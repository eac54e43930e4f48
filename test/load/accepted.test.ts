import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseEndpoint } from '../../src/core/names.ts';
import { CurrentRecord } from '../../src/load/record.ts';
import { Scanner } from '../../src/load/scanner.ts';
import { endpointOf, open_s } from './loaded.ts';
import { ladders, scalars, type Kind } from './model.ts';

/*
 * The scanner may give a record up, but what it accepts must be JSON and hold what JSON.parse reads. Tried with every change
 * of one character of a record.
 */

const head = `{"timestamp":${open_s},"ticker":"SPX","spot":6000.25,`;
const texts: Record<Kind, string> = {
  gex: `${head}"min_dte":0,"zero_gamma":-1.5,"strikes":[[1,-2.5,0,[1,0.5,3,4,-10]],[2,3,4,[5,6,7,8,9]]],"sum_gex_vol":10,"max_priors":[[1,2],[3.5,-0]]}`,
  greeks: `${head}"min_dte":null,"mini_contracts":[[1,-2.5,0,7,[1,0.5,-10],null,-1],[2,3,4,5,[6,7,8],1.5,null]],"major_positive":5}`,
  flat: `${head}"zcvr":-0.5,"ocvr":null,"max_priors":[]}`,
};

type Read = { readonly end: number; readonly fields: Record<string, unknown> };

/** Reads a record with the scanner alone; null where it gives up. */
function scanOf(kind: Kind): (text: string) => Read | null {
  const record = new CurrentRecord(parseEndpoint(endpointOf[kind]));
  const scanner = new Scanner(record, 'SPX');
  return (text) => {
    const end = scanner.scan(Buffer.from(`${text}\0`), 0);
    return end === -1 ? null : { end, fields: fieldsOf(record, kind) };
  };
}

/** What the scanner left in the record, as the columns it becomes. */
function fieldsOf(record: CurrentRecord, kind: Kind): Record<string, unknown> {
  const { ladder } = record;
  const rows = Array.from({ length: record.ladderRows }, (_, row) => ({
    numbers: ladder?.columns.map((column) => orNull(column[row])),
    priors: Array.from(ladder?.priors.subarray(row * ladder.form.priors, (row + 1) * ladder.form.priors) ?? []),
  }));
  assert.equal(ladder?.irregular.size ?? 0, 0);
  assert.equal(record.extra, null);
  const pairs = Array.from({ length: Math.max(0, record.pairCount) }, (_, at) => [
    ...record.pairs.subarray(at * 2, at * 2 + 2),
  ]);
  assert.equal(record.spot, record.scalars[record.spotAt]);
  return {
    timestamp: record.timestamp_s,
    ...Object.fromEntries(scalars[kind].map((name, at) => [name, orNull(record.scalars[at])])),
    rows,
    max_priors: record.pairCount === -1 ? null : pairs,
  };
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** The same from a value of JSON.parse. Throws where a value is of another type than the vendor's. */
function expectedOf(value: Record<string, unknown>, kind: Kind): Record<string, unknown> {
  const form = ladders[kind];
  const known = new Set(['timestamp', 'ticker', 'max_priors', form?.field, ...scalars[kind]]);
  assert.deepEqual(
    Object.keys(value).filter((name) => !known.has(name)),
    [],
  );
  assert.equal(value['ticker'], 'SPX');
  const ladder = (form === null ? [] : (value[form.field] ?? [])) as (number | null | number[])[][];
  const rows = ladder.map((row) => {
    const at = form?.numbers.length ?? 0;
    assert.equal(row.length, at + 1 + (form?.after.length ?? 0));
    assert.equal((row[at] as number[]).length, form?.priors);
    return { numbers: [...row.slice(0, at), ...row.slice(at + 1)], priors: row[at] };
  });
  return {
    timestamp: value['timestamp'],
    ...Object.fromEntries(scalars[kind].map((name) => [name, value[name] ?? null])),
    rows,
    max_priors: value['max_priors'] ?? null,
  };
}

function assertSound(text: string, kind: Kind, read: Read | null): void {
  if (read === null) return;
  const value = JSON.parse(text.slice(0, read.end)) as Record<string, unknown>;
  assert.deepStrictEqual(read.fields, expectedOf(value, kind), text);
}

const pieces = Array.from(',:"[]{}0123456789-+.eEnul\\ \n\0').concat([
  '',
  '[]',
  '],[',
  ',,',
  'null',
  '00',
  '0.',
  '-0',
  '"spot":1,',
  '"zcvr":null,',
]);

for (const kind of ['gex', 'greeks', 'flat'] as const) {
  const text = texts[kind];

  test(`${kind}: the record itself is accepted, and up to its end`, () => {
    const read = scanOf(kind)(text);
    assert.equal(read?.end, text.length);
    assertSound(text, kind, read);
  });

  test(`${kind}: with anything put in, left out or replaced anywhere, what is accepted is JSON`, () => {
    const scan = scanOf(kind);
    let accepted = 0;
    for (let at = 0; at <= text.length; at++) {
      for (const piece of pieces) {
        for (const cut of [0, 1, 2]) {
          const changed = text.slice(0, at) + piece + text.slice(at + cut);
          const read = scan(changed);
          if (read !== null) accepted++;
          assertSound(changed, kind, read);
        }
      }
    }
    assert.ok(accepted > 500, `${accepted} accepted`);
  });

  test(`${kind}: the same with any two changes`, () => {
    const scan = scanOf(kind);
    const change = fc.tuple(fc.nat(text.length), fc.constantFrom(...pieces), fc.nat(3));
    const property = fc.property(change, change, ([at, piece, cut], [otherAt, otherPiece, otherCut]) => {
      const once = text.slice(0, at) + piece + text.slice(at + cut);
      const twice = once.slice(0, otherAt) + otherPiece + once.slice(otherAt + otherCut);
      assertSound(twice, kind, scan(twice));
    });
    fc.assert(property, { numRuns: 4000 });
  });

  test(`${kind}: a record that is cut anywhere is given up`, () => {
    const scan = scanOf(kind);
    for (let length = 0; length < text.length; length++) assert.equal(scan(text.slice(0, length)), null);
  });
}
