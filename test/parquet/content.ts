import { createHash } from 'node:crypto';
import type { Column } from '../../src/core/contract.ts';
import type { Row } from './read.ts';

/*
 * The content hash as docs/data-layout.md defines it, made of rows and of nothing else: it shares no code with the writer.
 */

const record = ['endpoint', 'session_date', 'timestamp', 'ticker', 'spot'];
const none = 0xffff_ffff;

/** `rows` as {@link readRows} gives them; `hasLadder` tells `strikes` from `snapshots`. */
export function contentHashOf(rows: readonly Row[], columns: readonly Column[], hasLadder: boolean): string {
  const named = columns.map(({ name, type }) => `${name} ${type}\n`).join('');
  const hash = createHash('sha256').update(`gexlake content 1\n${named}\n`);
  const segments = hasLadder ? segmentsOf(recordsOf(rows)) : chunks(rows, 32_768).map((chunk) => [chunk]);
  for (const segment of segments) hash.update(hashSegment(segment, columns, hasLadder));
  return hash.digest('hex');
}

function recordsOf(rows: readonly Row[]): Row[][] {
  const found: Row[][] = [];
  for (const row of rows) {
    const last = found.at(-1)?.[0];
    if (last !== undefined && record.every((name) => row[name] === last[name])) found.at(-1)?.push(row);
    else found.push([row]);
  }
  return found;
}

/** Records, put together to segments. */
function segmentsOf(records: readonly Row[][]): Row[][][] {
  const found: Row[][][] = [];
  let size = Infinity;
  for (const one of records) {
    if (size >= 122_880 || found.at(-1)?.length === 65_000) {
      found.push([]);
      size = 0;
    }
    found.at(-1)?.push(one);
    size += one.length;
  }
  return found;
}

function chunks(rows: readonly Row[], size: number): (readonly Row[])[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, at) => rows.slice(at * size, (at + 1) * size));
}

function hashSegment(records: readonly (readonly Row[])[], columns: readonly Column[], hasLadder: boolean): Uint8Array {
  const rows = records.flat();
  const counts = hasLadder ? [records.length, ...records.map((one) => one.length)] : [];
  const hash = createHash('sha256').update(u32(rows.length, ...counts));
  for (const column of columns) {
    const isOfRecord = hasLadder && record.includes(column.name);
    const values = (isOfRecord ? records.map((one) => one[0] ?? {}) : rows).map((row) => row[column.name]);
    hash.update(bytesOf(column, values, hasLadder && !isOfRecord));
  }
  return hash.digest();
}

function bytesOf({ type }: Column, values: readonly unknown[], isLadder: boolean): Uint8Array {
  switch (type) {
    case 'VARCHAR':
    case 'JSON':
      return Buffer.concat(runs(values as string[]).map(([count, value]) => textRun(count, value)));
    case 'DATE':
      return Buffer.from(Int32Array.from(values as string[], (day) => Date.parse(day) / 86_400_000).buffer);
    case 'TIMESTAMPTZ':
      return Buffer.from(BigInt64Array.from(values as number[], BigInt).buffer);
    case 'DOUBLE':
      return isLadder ? ladder(values) : doubles(values);
    case 'DOUBLE[]': {
      const lists = values as (unknown[] | null)[];
      return Buffer.concat([lengths(lists), ladder(lists.flatMap((list) => list ?? []))]);
    }
    case 'DOUBLE[][]': {
      const inner = (values as (unknown[][] | null)[]).flatMap((list) => list ?? []);
      return Buffer.concat([lengths(values as unknown[][]), lengths(inner), doubles(inner.flat())]);
    }
  }
}

function textRun(count: number, value: string | null): Uint8Array {
  if (value === null) return u32(count, none);
  const text = Buffer.from(value);
  return Buffer.concat([u32(count, text.length), text]);
}

function lengths(lists: readonly (readonly unknown[] | null)[]): Uint8Array {
  return u32(...runs(lists.map((list) => list?.length ?? none)).flat());
}

function ladder(values: readonly unknown[]): Uint8Array {
  const keys = values.map((value) => doubles([value]).toString('hex'));
  const distinct = [...new Set(keys)];
  const most = Math.min(65_536, Math.max(16, Math.floor((values.length * 3) / 4)));
  if (values.includes(null) || distinct.length > most) return Buffer.concat([Uint8Array.of(0), doubles(values)]);
  const places = new Map(distinct.map((key, at) => [key, at]));
  const indices = Uint16Array.from(keys, (key) => places.get(key) ?? 0);
  const entries = Buffer.from(distinct.join(''), 'hex');
  return Buffer.concat([Uint8Array.of(1), u32(distinct.length), entries, Buffer.from(indices.buffer)]);
}

function doubles(values: readonly unknown[]): Buffer {
  return Buffer.from(Float64Array.from(values, (value) => (value === null ? Number.NaN : (value as number))).buffer);
}

/** Runs of equal values. */
function runs<T>(values: readonly T[]): [number, T][] {
  const found: [number, T][] = [];
  for (const value of values) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === value) last[0]++;
    else found.push([1, value]);
  }
  return found;
}

function u32(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer);
}
