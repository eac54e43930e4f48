import { readFileSync } from 'node:fs';
import { strikeGroup } from '../../src/core/row-groups.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { parseDay } from '../../src/core/session.ts';
import type { LadderRows } from '../../src/load/ladder-rows.ts';
import { CurrentRecord } from '../../src/load/record.ts';
import { Scanner } from '../../src/load/scanner.ts';
import type { StrikeRows } from '../../src/parquet/row-groups.ts';
import { day } from '../make-input.ts';

/** Scans a session without flaws into row groups of `strikes`, as an import makes them; gives `count` of them, spread over the day. */
export function rowGroupsOf(path: string, count: number): StrikeRows[] {
  const json = readFileSync(path);
  // The scanner wants a zero byte behind the end.
  const bytes = new Uint8Array(json.length + 1);
  bytes.set(json);
  const record = new CurrentRecord(parseEndpoint(day.endpoint));
  const scanner = new Scanner(record, day.ticker);
  const groups: StrikeRows[] = [];
  for (let at = 1; at < json.length;) {
    const { group, end } = scanGroup(scanner, record, bytes, at);
    groups.push(group);
    at = end + 1;
  }
  const taken = Math.min(count, groups.length);
  return Array.from({ length: taken }, (_, at) => groups[Math.floor((at * groups.length) / taken)] as StrikeRows);
}

type Scanned = { readonly group: StrikeRows; readonly end: number };

/** Scans records from `start` on until a row group is full; `end` is the position behind the last one. */
function scanGroup(scanner: Scanner, record: CurrentRecord, bytes: Uint8Array, start: number): Scanned {
  const ladder = record.ladder as LadderRows;
  const timestamps: number[] = [];
  const spots: number[] = [];
  const lengths: number[] = [];
  for (let at = start; ; at++) {
    at = scanner.scan(bytes, at);
    if (at === -1) throw new Error('the sample is not in the vendor’s form throughout');
    ladder.commit(record.ladderRows);
    timestamps.push(record.timestamp_s * 1e6);
    spots.push(record.spot);
    lengths.push(record.ladderRows);
    if (ladder.committed < strikeGroup.rows && bytes[at] === 0x2c) continue;
    const group = {
      ...takeRows(ladder),
      timestamps,
      spots,
      lengths,
      days: lengths.map(() => parseDay(day.sessionDate)),
    };
    return { group, end: at };
  }
}

function takeRows(ladder: LadderRows): Pick<StrikeRows, 'endpoint' | 'ticker' | 'rows' | 'numbers' | 'priors'> {
  const { form, committed: rows } = ladder;
  const named = form.lead.map((name, at) => [name, (ladder.columns[at] as Float64Array).slice(0, rows)] as const);
  const values = ladder.priors.slice(0, rows * form.priors);
  if (ladder.irregular.size > 0 || named.some(([, numbers]) => numbers.some(Number.isNaN)))
    throw new Error('the sample has nulls, which the other writers are not given here');
  ladder.clear();
  return {
    endpoint: day.endpoint,
    ticker: day.ticker,
    rows,
    numbers: Object.fromEntries(named),
    priors: { values, width: form.priors, irregular: new Map() },
  };
}

/** What a record has once, for each of its rows. */
export function perRow<T>(values: readonly T[], lengths: readonly number[]): T[] {
  const each: T[] = [];
  for (const [record, value] of values.entries()) for (let row = lengths[record] ?? 0; row > 0; row--) each.push(value);
  return each;
}
