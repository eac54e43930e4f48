// Load on a service, bounded and on this machine: clients read the log and ask for work while imports run.
// usage: npm run bench:serve -- [--clients 200] [--seconds 60] [--pause 1000] [--jobs 10000] [--workers 1] [--drain 3600]
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { formatTokenEntry, newToken } from '../src/core/tokens.ts';
import type { LoadOrder, LoadResult } from './load-client.ts';

const text = (value: string) => ({ type: 'string', default: value }) as const;
const options = {
  clients: text('200'),
  seconds: text('60'),
  pause: text('1000'),
  jobs: text('10000'),
  workers: text('1'),
  drain: text('3600'),
};
const { values } = parseArgs({ options });
const [clients, seconds, pause_ms, jobCount] = [values.clients, values.seconds, values.pause, values.jobs].map(
  Number,
) as [number, number, number, number];
const program = join(import.meta.dirname, '../bin/gexlake.js');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'gexlake-load-'));
const tokens = Array.from({ length: clients }, newToken);
const origin = await serveSources();
const environment = {
  ...process.env,
  GEXLAKE_DATA_DIR: join(folder, 'data'),
  GEXLAKE_TOKENS_FILE: join(folder, 'tokens'),
  GEXLAKE_SOURCE_ALLOW: origin.url,
};
writeFileSync(
  environment.GEXLAKE_TOKENS_FILE,
  tokens.map((token, index) => formatTokenEntry(`client-${index}`, 'operator', token)).join('\n'),
);
const service = await startService();
const memory: number[] = [];
const sampling = setInterval(() => void sampleMemory(), 1_000);

try {
  console.log(`machine: ${cpus().length} × ${cpus()[0]?.model}, load average ${loadavg()[0]?.toFixed(1)}`);
  console.log(
    `${clients} clients, a request each every ${pause_ms} ms; ${seconds} s; ${jobCount} jobs; ${values.workers} workers\n`,
  );
  const idle = await load(Math.min(seconds, 20), null, 'nothing runs');
  await enqueueAll();
  const beside = await load(Math.min(seconds, 20), null, 'imports run');
  const busy = await load(seconds, origin.url, 'imports run');
  const ratio = (base: LoadResult, share: number) =>
    (at(busy.list.took_ms, share) / at(base.list.took_ms, share)).toFixed(2);
  console.log(`lists over health while nothing runs: p50 × ${ratio(idle, 0.5)}, p99 × ${ratio(idle, 0.99)}`);
  console.log(`lists over health while imports run: p50 × ${ratio(beside, 0.5)}, p99 × ${ratio(beside, 0.99)}`);
  await untilDone();
  await checkOrder();
  reportMemory();
} finally {
  clearInterval(sampling);
  service.child.kill('SIGINT');
  service.child.kill('SIGTERM');
  origin.close();
  await service.ended;
  rmSync(folder, { recursive: true, force: true });
}

/** Every path is a tiny file: one record of the ticker that its name says. */
async function serveSources() {
  const server = createServer((request, response) => {
    const [, ticker = ''] = /_(\w[\w-]*)_classic/.exec(request.url ?? '') ?? [];
    const [, date = ''] = /(\d{4}-\d{2}-\d{2})_/.exec(request.url ?? '') ?? [];
    const timestamp = Date.parse(`${date}T14:00:00Z`) / 1000;
    const record = { timestamp, ticker, spot: 6700, strikes: [[6700, 1, 2, [0, 0, 0, 0, 0]]], max_priors: [] };
    response.setHeader('content-type', 'application/json').end(JSON.stringify([record]));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function startService(): Promise<{ child: ChildProcess; url: string; ended: Promise<void> }> {
  const args = [program, 'serve', '--port', '0', '--json', '--workers', values.workers];
  const child = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (data: Buffer) => resolve(data.toString()));
    void ended.then(() => reject(new Error('the service has ended')));
  });
  return { child, url: (JSON.parse(line) as { url: string }).url, ended };
}

/** Besides times, which say as much about what else this machine does, the processor time that the service took for a request. */
async function load(duration_s: number, from: string | null, what: string): Promise<LoadResult> {
  const order: LoadOrder = { url: service.url, tokens, seconds: duration_s, pause_ms, origin: from };
  const client = join(import.meta.dirname, 'load-client.ts');
  const cpu_s = async () => (await figures()).get('process_cpu_seconds_total') ?? Number.NaN;
  const before_s = await cpu_s();
  const { stdout } = await run(process.execPath, [client, JSON.stringify(order)], { maxBuffer: 1024 ** 3 });
  const used_ms = ((await cpu_s()) - before_s) * 1000;
  const result = JSON.parse(stdout) as LoadResult;
  report(`${from === null ? 'GET /health' : 'GET /jobs…'}, ${what}`, result.list);
  if (from !== null) report(`GET /jobs/{id}, ${what}`, result.job);
  if (from !== null) report(`POST, ${what}`, result.post);
  const count = Object.values(result)
    .flatMap(({ statuses }) => Object.values(statuses))
    .reduce((sum, each) => sum + each, 0);
  console.log(`${' '.repeat(30)} ${(used_ms / count).toFixed(2)} ms of processor time for each of ${count} requests`);
  return result;
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(what: string, { statuses, took_ms }: LoadResult['list']): void {
  const times = [0.5, 0.95, 0.99, 1].map((share) => at(took_ms, share).toFixed(0).padStart(5)).join(' ');
  const counts = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
  console.log(`${what.padEnd(30)} p50, p95, p99, max ms ${times}   ${counts.join(', ')}`);
}

async function enqueueAll(): Promise<void> {
  const started_ms = performance.now();
  const urls = Array.from(
    { length: jobCount },
    (_, index) => `${origin.url}/2025-10-22_J${index}_classic_gex_zero.json`,
  );
  // In pieces: one transaction for all of them would keep everybody from the log for as long as it takes.
  for (let from = 0; from < urls.length; from += 500) {
    const args = [program, 'enqueue', ...urls.slice(from, from + 500), '--json'];
    await run(process.execPath, args, { env: environment, maxBuffer: 1024 ** 3 });
  }
  console.log(`${jobCount} jobs enqueued in ${((performance.now() - started_ms) / 1000).toFixed(1)} s`);
}

async function get(path: string): Promise<string> {
  const answer = await fetch(service.url + path, { headers: { authorization: `Bearer ${tokens.at(-1)}` } });
  return answer.text();
}

async function figures(): Promise<Map<string, number>> {
  const lines = (await get('/metrics')).matchAll(/^(\S+) (\S+)$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

async function sampleMemory(): Promise<void> {
  const bytes = (await figures().catch(() => null))?.get('process_resident_memory_bytes');
  if (bytes !== undefined) memory.push(bytes / 1e6);
}

async function untilDone(): Promise<void> {
  const started_ms = performance.now();
  const open = async () => {
    const now = await figures();
    return (now.get('gex_jobs{status="pending"}') ?? 0) + (now.get('gex_jobs{status="started"}') ?? 0);
  };
  const first = await open();
  let left = first;
  while (left > 0 && performance.now() - started_ms < Number(values.drain) * 1000) {
    await sleep(1_000);
    left = await open();
  }
  const took_s = (performance.now() - started_ms) / 1000;
  console.log(`${first - left} of the ${first} jobs that were left took ${took_s.toFixed(0)} s, ${left} still wait`);
}

type ShownJob = {
  readonly id: string;
  readonly status: string;
  readonly started_at: string | null;
  readonly created_at: string;
};

/** Pages through all jobs, and compares the order in which they were written down with the one in which they were started. */
async function checkOrder(): Promise<void> {
  const jobs: ShownJob[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await get(`/jobs?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const { jobs: found, next_cursor } = JSON.parse(page) as { jobs: ShownJob[]; next_cursor: string | null };
    jobs.push(...found);
    cursor = next_cursor;
  }
  const listed = new Set(jobs.map(({ id }) => id)).size;
  const completed = jobs.filter(({ status }) => status === 'completed').length;
  const oldestFirst = jobs.filter(({ started_at }) => started_at !== null).reverse();
  const outOfOrder = oldestFirst.filter(
    ({ started_at }, index) => (started_at ?? '') < (oldestFirst[index - 1]?.started_at ?? ''),
  );
  console.log(`${listed} jobs listed once each, ${completed} completed, ${outOfOrder.length} started out of order`);
}

/** Flat is: the last fifth of the run needs no more than the second fifth did. */
function reportMemory(): void {
  const fifth = Math.floor(memory.length / 5);
  const mean = (from: number) => memory.slice(from, from + fifth).reduce((sum, value) => sum + value, 0) / fifth;
  const fifths = [0, 1, 2, 3, 4].map((index) => mean(index * fifth).toFixed(0));
  console.log(`memory of the service, mean of each fifth of the run: ${fifths.join(', ')} MB`);
}
