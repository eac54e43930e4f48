import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Problem } from '../../src/server/problem-schemas.ts';
import type { Lake, Owner, Ran, Running } from './gexlake.ts';

/** A service that runs, on a free port of this machine. */
export type RunningService = {
  readonly url: string;
  readonly running: Running;
  /** One request; the path begins with a slash. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  readonly get: <T>(path: string) => Promise<T>;
  /** A POST of JSON. */
  readonly post: (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  readonly stop: (signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL') => Promise<Ran>;
};

type ServiceOptions = { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> };

/** Limits that a test's own requests never meet. */
export const generous = '{"requests_per_minute":1000000,"imports_per_minute":1000000,"retry_base_ms":1}';

/** Starts the program as a service on a data folder; it goes with its owner. */
export async function startService(owner: Owner, lake: Lake, options: ServiceOptions = {}): Promise<RunningService> {
  const env = { GEXLAKE_LIMITS: generous, ...options.env };
  const running = lake.start(['serve', '--port', '0', ...(options.args ?? [])], { env });
  const kill = () => running.child.kill('SIGKILL');
  // A test that is cut off runs no hooks.
  process.once('exit', kill);
  owner.after(async () => {
    process.off('exit', kill);
    kill();
    await running.ended;
  });
  await running.says(/Server listening at http/);
  const url = /Server listening at (http:\/\/[^"]+)/.exec(running.heard())?.[1] ?? '';
  const ask = (path: string, init?: RequestInit) => fetch(url + path, init);
  return {
    url,
    running,
    ask,
    get: async <T>(path: string) => (await ask(path)).json() as Promise<T>,
    post: async (path, body, headers = {}) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
      return ask(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    },
    stop: async (signal = 'SIGTERM') => {
      running.child.kill(signal);
      return running.ended;
    },
  };
}

/** The problem of an answer, which has this status and code. */
export async function problemOf(answer: Response, status: number, code: string): Promise<Problem> {
  const problem = (await answer.json()) as Problem;
  assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code], problem.detail);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(problem.request_id, answer.headers.get('x-request-id'));
  return problem;
}

export type SeenEvent = { readonly id: number | null; readonly name: string; readonly data: Record<string, unknown> };

export type Follower = {
  readonly seen: readonly SeenEvent[];
  /** Settles with the first event, from the beginning on, for which this is true. */
  readonly until: (isIt: (event: SeenEvent) => boolean) => Promise<SeenEvent>;
  /** Settles when the service has ended the stream. */
  readonly ended: Promise<void>;
  readonly close: () => void;
};

/** Follows the events of a service. */
export async function follow(service: RunningService, lastEventId?: number): Promise<Follower> {
  const abort = new AbortController();
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const answer = await service.ask('/events', { signal: abort.signal, headers });
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/event-stream/);
  const seen: SeenEvent[] = [];
  const news = new EventTarget();
  const read = async () => {
    let rest = '';
    for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      seen.push(...parts.map(toEvent).filter((event) => event !== null));
      news.dispatchEvent(new Event('news'));
    }
  };
  const ended = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  const until = async (isIt: (event: SeenEvent) => boolean) => {
    for (;;) {
      const found = seen.find(isIt);
      if (found !== undefined) return found;
      await Promise.race([once(news, 'news'), ended.then(() => assert.fail('the stream has ended'))]);
    }
  };
  return { seen, until, ended, close: () => abort.abort() };
}

function toEvent(text: string): SeenEvent | null {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const data = field('data');
  if (data === undefined) return null;
  const id = field('id');
  return {
    id: id === undefined ? null : Number(id),
    name: field('event') ?? 'message',
    data: JSON.parse(data) as Record<string, unknown>,
  };
}
