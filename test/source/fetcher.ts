import assert from 'node:assert/strict';
import { after } from 'node:test';
import { inspect } from 'node:util';
import { GexlakeError, type ErrorCode } from '../../src/core/errors.ts';
import { limits, type Limits } from '../../src/core/limits.ts';
import type { Clock } from '../../src/core/clock.ts';
import type { Arriving, ByteSink, OnBytes, Transferred } from '../../src/core/journey.ts';
import { openSource, sourcePolicy, type SourceOptions } from '../../src/source/source.ts';
import { startOrigin, type Served } from '../support/origin.ts';

/** Bytes that differ at every place that a test could cut them. */
export const body = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251));
/** The limits of a hasty client. */
export const quick: Limits = { ...limits, stall_timeout_ms: 5000, connect_timeout_ms: 2000, download_attempts: 3 };
/** The name of a real file, as the last part of a URL. */
export const path = '/2026-02-25_SPX_state_gex_zero.json';

/** A sink that remembers what it was given, and how often it had to forget. */
export function memorySink() {
  let parts: Buffer[] = [];
  const sink = {
    resets: 0,
    bytes: () => Buffer.concat(parts),
    expected: null as Arriving | null,
    /** What `lacks` answers, one after the other. */
    lacking: [] as (string | null)[],
    expect: async (arriving: Arriving) => {
      sink.expected = arriving;
    },
    lacks: async () => sink.lacking.shift() ?? null,
    append: async (bytes: Uint8Array) => {
      parts.push(Buffer.from(bytes));
    },
    reset: async () => {
      sink.resets += 1;
      parts = [];
    },
  };
  return sink satisfies ByteSink;
}

/** A clock that jumps forward instead of waiting, and remembers what it was asked to wait for. */
export function jumpingClock() {
  let now_ms = Date.parse('2026-02-25T15:00:00Z');
  const slept: number[] = [];
  const clock: Clock = {
    now_ms: () => now_ms,
    monotonic_ms: () => now_ms,
    sleep: async (delay_ms) => {
      slept.push(delay_ms);
      now_ms += delay_ms;
    },
  };
  return { ...clock, slept, advance: (by_ms: number) => (now_ms += by_ms) };
}

/** The origin of the test file that imports this. */
export const origin = await startOrigin();
after(() => origin.close());

export type Extra = {
  limits?: Limits;
  signal?: AbortSignal;
  onBytes?: (bytes: number, total: number | null) => void;
  allow?: readonly string[];
};

/** Lets a URL pass the policy and transfers it. */
export async function transfer(
  url: string,
  sink: ByteSink,
  { onBytes = () => undefined, ...options }: SourceOptions & { readonly onBytes?: OnBytes },
): Promise<Transferred> {
  return openSource(url, options).transferInto(sink, onBytes);
}

let paths = 0;

/** Serves at a path of its own and fetches it. */
export async function fetchServed(served: Served, extra: Extra = {}) {
  paths += 1;
  const own = `/${paths}${path}`;
  origin.serve(own, served);
  return fetchUrl(`${origin.url(own)}?sv=1&sig=SECRET`, extra, own);
}

/** Fetches a URL; `counted` is the path whose requests are told, all of them unless given. */
export async function fetchUrl(url: string, extra: Extra = {}, counted: string | null = null) {
  const policy = sourcePolicy(extra.allow ?? [origin.origin], true);
  const sink = memorySink();
  const clock = jumpingClock();
  const seen = origin.requests.length;
  const options = { limits: quick, random: () => 1, ...extra, policy, clock };
  const outcome = await transfer(url, sink, options).then(
    (receipt) => ({ receipt, size: receipt.wire_bytes, error: null }),
    (error: unknown) => ({ receipt: null, size: null, error }),
  );
  return {
    ...outcome,
    sink,
    clock,
    requests: origin.requests.slice(seen).filter((request) => counted === null || request.path === counted),
  };
}

type Outcome = Awaited<ReturnType<typeof fetchUrl>>;

export function assertWhole({ error, size, sink }: Outcome): void {
  assert.equal(error, null);
  assert.equal(size, body.byteLength);
  assert.ok(sink.bytes().equals(body));
}

/** Checks the error's code, and that it tells no secret. */
export function assertFailed({ error }: Outcome, code: ErrorCode): GexlakeError {
  assert.ok(error instanceof GexlakeError, inspect(error));
  assert.equal(error.code, code, inspect(error));
  assert.doesNotMatch(inspect(error, { depth: 20, showHidden: true }), /SECRET|sig=/);
  assert.ok((error.hint ?? '') !== '' || code === 'INTERRUPTED');
  return error;
}
