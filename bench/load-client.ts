// Many clients of a service, in a process of their own: each asks, waits for the answer, pauses, and asks again.
// usage: node load-client.ts '<LoadOrder as JSON>'; prints a LoadResult as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';

export type LoadOrder = {
  /** Where the service listens. */
  readonly url: string;
  /** One for each client. The first client does nothing but ask for work, without pauses. */
  readonly tokens: readonly string[];
  readonly seconds: number;
  /** Between two requests of a client, on average. */
  readonly pause_ms: number;
  /** Where sources can be had; null where nobody asks for work and everybody reads `/health` only. */
  readonly origin: string | null;
};

/** Lists (or health), which are read from memory; single jobs, which are read from the log; and requests for work. */
type Kind = 'list' | 'job' | 'post';

/** Answers by status, and how long they took, sorted. */
export type LoadResult = Readonly<
  Record<Kind, { readonly statuses: Record<string, number>; readonly took_ms: number[] }>
>;

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder;
const agent = new Agent({
  connections: order.tokens.length,
  pipelining: 1,
  headersTimeout: 120_000,
  bodyTimeout: 120_000,
});
const none = () => ({ statuses: {} as Record<string, number>, took_ms: [] as number[] });
const result = { list: none(), job: none(), post: none() };
const end_ms = performance.now() + order.seconds * 1000;
/** Reads, and how often in ten: the newest jobs, the next page, those that wait, one job. */
const reads = [
  '/jobs',
  '/jobs',
  '/jobs',
  '/jobs',
  'next',
  'next',
  '/jobs?status=pending',
  '/jobs?limit=200',
  'job',
  'job',
];
const postEvery = 20;

await Promise.all(order.tokens.map((token, at) => beClient(token, at)));
for (const { took_ms } of Object.values(result)) took_ms.sort((left, right) => left - right);
process.stdout.write(JSON.stringify(result));
await agent.destroy();

async function beClient(token: string, client: number): Promise<void> {
  const isGreedy = client === 0 && order.origin !== null;
  let page: Page = { jobs: [], next_cursor: null };
  if (!isGreedy) await sleep(Math.random() * order.pause_ms);
  for (let count = 1; performance.now() < end_ms; count++) {
    if (order.origin === null) await ask('list', 'GET', '/health', token);
    else if (isGreedy || count % postEvery === 0) await post(order.origin, token, `${client}-${count}`);
    else page = await readOnce(pathFor(count, page), token, page);
    await sleep(isGreedy ? 20 : order.pause_ms * (0.5 + Math.random()));
  }
}

async function readOnce(path: string, token: string, page: Page): Promise<Page> {
  const answer = await ask(path.startsWith('/jobs/') ? 'job' : 'list', 'GET', path, token);
  return pageIn(answer) ?? page;
}

async function post(origin: string, token: string, ticker: string): Promise<void> {
  const url = `${origin}/2025-10-21_P${ticker}_classic_gex_zero.json`;
  await ask('post', 'POST', '/gex_history_url', token, JSON.stringify({ url }));
}

async function ask(kind: Kind, method: 'GET' | 'POST', path: string, token: string, body?: string): Promise<string> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const started_ms = performance.now();
  const { statuses } = result[kind];
  try {
    const answer = await agent.request({ origin: order.url, path, method, headers, body: body ?? null });
    const text = await answer.body.text();
    statuses[answer.statusCode] = (statuses[answer.statusCode] ?? 0) + 1;
    if (answer.statusCode !== 429) result[kind].took_ms.push(performance.now() - started_ms);
    return text;
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    statuses[code] = (statuses[code] ?? 0) + 1;
    return '';
  }
}

type Page = { readonly jobs: readonly { readonly id: string }[]; readonly next_cursor: string | null };

function pageIn(text: string): Page | null {
  return text.includes('"next_cursor"') ? (JSON.parse(text) as Page) : null;
}

function pathFor(count: number, { jobs, next_cursor }: Page): string {
  const read = reads[count % reads.length] ?? '/jobs';
  const job = jobs[count % Math.max(jobs.length, 1)];
  if (read === 'next') return next_cursor === null ? '/jobs' : `/jobs?cursor=${next_cursor}`;
  if (read === 'job') return job === undefined ? '/jobs' : `/jobs/${job.id}`;
  return read;
}
