import type { FetchItem } from '../core/fetch-plan.ts';
import type { VendorCall } from '../core/vendor-call.ts';
import type { FetchFacts } from './facts.ts';

/** Seconds from one call of the API to the next. */
const pace_s = 1.1;

/** How many of the newest downloads of the same tell how large the next will be. */
const lookedAt = 9;

/** What is expected of a file, by what came of the same ticker and endpoint (null: its bundles); null where nothing came. */
export type ExpectBytes = (ticker: string, endpoint: string | null) => number | null;

/** Looks through all calls once: a plan has thousands of files. */
export function expectBytesBy(calls: FetchFacts['calls']): ExpectBytes {
  const keyOf = (ticker: string, endpoint: string | null) => `${ticker} ${endpoint ?? ''}`;
  const groups = Map.groupBy(calls.values(), ({ ticker, endpoint }) => keyOf(ticker, endpoint));
  const medians = new Map(
    [...groups].map(([key, same]) => [key, median(newest(same).flatMap(({ wire_bytes }) => wire_bytes ?? []))]),
  );
  return (ticker, endpoint) => medians.get(keyOf(ticker, endpoint)) ?? null;
}

/** Bytes and seconds that items take together; null where nothing lets expect any. Items that nothing is known of count as the others. */
export function expectSeconds(
  { calls }: FetchFacts,
  items: readonly FetchItem[],
): { readonly bytes: number | null; readonly seconds: number | null } {
  const calling_s = items.length * pace_s;
  const known = items.flatMap(({ bytes }) => bytes ?? []);
  if (items.length === 0) return { bytes: 0, seconds: 0 };
  if (known.length === 0) return { bytes: null, seconds: null };
  const bytes = Math.round((known.reduce((sum, size) => sum + size, 0) / known.length) * items.length);
  const rate = bytesPerSecond([...calls.values()]);
  return { bytes, seconds: Math.round(Math.max(calling_s, rate === null ? 0 : bytes / rate)) };
}

function bytesPerSecond(calls: readonly VendorCall[]): number | null {
  const came = newest(calls);
  const bytes = came.reduce((sum, { wire_bytes }) => sum + (wire_bytes ?? 0), 0);
  const ms = came.reduce((sum, { took_ms }) => sum + (took_ms ?? 0), 0);
  return bytes === 0 || ms === 0 ? null : (bytes / ms) * 1000;
}

function newest(calls: readonly VendorCall[]): VendorCall[] {
  const came = calls.filter(({ wire_bytes }) => wire_bytes !== null);
  return came.sort((left, right) => (left.last_asked_at > right.last_asked_at ? -1 : 1)).slice(0, lookedAt);
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? null;
}
