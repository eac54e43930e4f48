import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import { formatTokenEntry } from '../../src/core/tokens.ts';
import { lastFirst, makeLake, type Lake, type Owner } from '../support/gexlake.ts';
import { startOrigin, type Origin } from '../support/origin.ts';
import { startService, type RunningService } from '../support/service.ts';
import { exchange, request, type Lines, type WireAnswer } from './wire.ts';

/*
 * The real program, serving on a real port, for tests that mean it harm. After each of them it must be what it was: the same
 * jobs, no file more, no connection to where none may go, and a log of whole lines without a secret.
 */

/** What stands wherever a secret could: in query strings, tokens, user names. It must never be seen again. */
export const secret = 'SECRET-3f9a';
export const tokens = { operator: `${secret}-operator`, viewer: `${secret}-viewer` };
export const asOperator = `Authorization: Bearer ${tokens.operator}`;
export const asViewer = `Authorization: Bearer ${tokens.viewer}`;

/** A request, and the answer that it must get. */
export type HostileCase = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly status: number;
  /** The problem's code; null where the answer is no problem. */
  readonly code: ErrorCode | null;
  /** Something that its detail must say, or the body of an answer that is no problem. */
  readonly says?: RegExp;
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Jobs that it makes. */
  readonly jobs?: number;
};

export type Target = {
  readonly port: number;
  readonly lake: Lake;
  readonly service: RunningService;
  /** An origin on this machine that may be fetched from. */
  readonly origin: Origin;
  readonly log: () => string;
  readonly send: (bytes: Uint8Array) => Promise<WireAnswer[]>;
  readonly get: <T>(path: string) => Promise<T>;
  /** A port of this machine that nobody may be led to. */
  readonly trap: { readonly port: number; readonly connections: () => number };
  /** The ids of all jobs. */
  readonly jobIds: () => Promise<string[]>;
};

type TargetOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, number>>;
  /** What may be fetched beside the origin. */
  readonly allow?: readonly string[];
};

export const importPath = '/gex_history_url';
export const noJob = '0'.repeat(32);
export const file = '2025-10-22_SPX_classic_gex_zero.json';

/** A source that may be fetched, from this machine: what is let through by mistake is seen there. */
export function sourceOf({ origin }: Target): string {
  return `${origin.url('/')}${file}?sig=${secret}`;
}

/** Starts the program with two tokens, an origin that may be fetched from, and a trap that may not. */
export async function startTarget(whose: Owner, options: TargetOptions = {}): Promise<Target> {
  const owner = lastFirst(whose);
  const lake = await makeLake(owner);
  const [trap, origin] = [await setTrap(owner), await startOrigin()];
  owner.after(() => origin.close());
  const entries = (['operator', 'viewer'] as const).map((role) => formatTokenEntry(`the-${role}`, role, tokens[role]));
  const generous = { requests_per_minute: 1_000_000, imports_per_minute: 1_000_000, download_attempts: 1 };
  const env = {
    GEXLAKE_TOKENS: entries.join(','),
    GEXLAKE_LIMITS: JSON.stringify({ ...generous, ...options.limits }),
    GEXLAKE_SOURCE_ALLOW: [origin.origin, ...(options.allow ?? [])].join(','),
    ...options.env,
  };
  const service = await startService(owner, lake, { env });
  const port = Number(URL.parse(service.url)?.port);
  const get = async <T>(path: string): Promise<T> => {
    const [answer] = await exchange(port, request('GET', path, [asOperator]));
    assert.equal(answer?.status, 200, answer?.body);
    return JSON.parse(answer?.body ?? '') as T;
  };
  const jobIds = async () => (await get<{ jobs: { id: string }[] }>('/jobs?limit=500')).jobs.map(({ id }) => id);
  const send = (bytes: Uint8Array) => exchange(port, bytes);
  return { port, lake, service, origin, log: service.running.heard, send, get, trap, jobIds };
}

async function setTrap(owner: Owner): Promise<Target['trap']> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, resolve);
  });
  owner.after(async () => void server.close());
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

/** A POST of JSON by the operator, or by whoever the lines say. */
export function post(target: string, body: unknown, lines: Lines = []): Buffer {
  const who = lines.some((line) => /^authorization:/i.test(line)) ? [] : [asOperator];
  const type = lines.some((line) => /^content-type:/i.test(line)) ? [] : ['Content-Type: application/json'];
  const isReady = typeof body === 'string' || body instanceof Uint8Array;
  return request('POST', target, [...who, ...type, ...lines], isReady ? body : JSON.stringify(body));
}

export function get(target: string, lines: Lines = [asOperator]): Buffer {
  return request('GET', target, lines);
}

/** A request that is none. */
export function unreadable(name: string, bytes: Uint8Array): HostileCase {
  return { name, bytes, status: 400, code: 'REQUEST_UNREADABLE' };
}

/** Sends a case, and checks the answer and that nothing else has come of it. */
export async function attack(target: Target, hostile: HostileCase): Promise<void> {
  const before = await target.jobIds();
  const [answer, ...more] = await target.send(hostile.bytes);
  assert.ok(answer !== undefined, 'no answer');
  assert.deepEqual(more, [], 'one request, one answer');
  checkAnswer(answer, hostile);
  assert.equal((await target.jobIds()).length - before.length, hostile.jobs ?? 0, 'jobs made');
  assert.equal(target.trap.connections(), 0, 'no connection to where none may go');
}

export function checkAnswer(answer: WireAnswer, { status, code, says, headers = {} }: HostileCase): void {
  assert.equal(answer.status, status, answer.body);
  assert.doesNotMatch(answer.body + [...answer.headers.values()].join('\n'), new RegExp(secret));
  assert.doesNotMatch(answer.body, /\n\s+at |node_modules|\/dist\/|[.]ts:\d/, 'no stack');
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers.get(name) ?? null, value, name);
  if (code === null) {
    if (says !== undefined) assert.match(answer.body, says);
    return;
  }
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = JSON.parse(answer.body) as Record<string, unknown>;
  assert.deepEqual(
    [problem['code'], problem['status'], problem['type']],
    [code, status, `urn:gexlake:error:${code}`],
    answer.body,
  );
  assert.match(String(problem['request_id']), /^[0-9a-f-]{36}$/);
  if (says !== undefined) assert.match(String(problem['detail']), says);
}

/** What must hold once all attacks are over. */
export async function checkUnharmed(target: Target, expected: { readonly failures?: readonly ErrorCode[] } = {}) {
  const health = await target.get<{ ready: boolean }>('/health');
  assert.equal(health.ready, true);
  for (const line of target.log().trim().split('\n')) {
    const entry = JSON.parse(line) as { level?: number; event?: string };
    assert.ok((entry.level ?? 30) < 50, `the log tells of a failure: ${line}`);
    assert.ok(entry.level !== undefined || entry.event !== undefined, `a line that is not the log's own: ${line}`);
  }
  assert.doesNotMatch(target.log(), new RegExp(secret), 'no secret in the log');
  assert.deepEqual(await target.lake.files('parquet'), [], 'nothing published');
  assert.deepEqual(await target.lake.files('source'), [], 'nothing staged');
  assert.deepEqual(await readdir(target.lake.desk), [], 'nothing beside the data folder');
  const failures = await target.get<{ jobs: { error: { code: string } | null }[] }>('/jobs?status=failed&limit=500');
  const codes = new Set(failures.jobs.map(({ error }) => error?.code));
  assert.deepEqual(codes, new Set(expected.failures));
  assert.equal(target.trap.connections(), 0);
}

/** Makes suites of hostile requests, a test for each. */
export function casesAgainst(target: Target): (title: string, list: readonly HostileCase[]) => void {
  return (title, list) => {
    suite(title, () => {
      for (const hostile of list) test(hostile.name, async () => attack(target, hostile));
    });
  };
}
