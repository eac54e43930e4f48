import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { limits } from '../../src/core/limits.ts';
import { openJobLog, type JobLog, type JobRequest } from '../../src/joblog/joblog.ts';
import { dataFolder } from '../../src/core/data-folder.ts';
import { stagedPath } from '../../src/core/kept-places.ts';
import { queryLake } from '../../src/pipeline/query.ts';
import { recoverAbandoned } from '../../src/pipeline/recovery.ts';
import type { PipelineContext } from '../../src/pipeline/context.ts';
import { Heartbeats } from '../../src/pipeline/liveness.ts';
import { openVendorIn } from '../../src/pipeline/vendor-bytes.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { commandOf, ownIdentity } from '../../src/platform/processes.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { timed, timedProgram, type Taken } from './program.ts';

const jobs = 100_000;
const options = { clock: systemClock, commandOf };
const holder = { owner: ownIdentity(), actor: 'bench' };
const request = (at: number): JobRequest => ({
  url: `https://hist.gex.bot/2025-10-22_NQ_NDX_classic_gex_zero.json?sig=${at}`,
  ticker: 'NQ_NDX',
  endpoint: 'gex_zero',
  sessionDate: '2025-10-22',
  actor: 'bench',
  publish: true,
});

type Compared = { readonly few: Taken; readonly many: Taken };

/** What the log's operations take with 20 jobs and with 100,000 more in it, in this process and as whole processes. */
export async function measureLog(folder: string, runs: number): Promise<Record<string, Compared>> {
  const few = await makeLog(join(folder, 'few'), 0);
  const many = await makeLog(join(folder, 'many'), jobs);
  const found: Record<string, Compared> = {};
  console.log(`${'ms (CPU ms)'.padEnd(38)}${'20 jobs'.padStart(18)}${'100,020'.padStart(18)}`);
  for (const [name, operation] of operations(runs)) {
    const compared = { few: await operation(few), many: await operation(many) };
    found[name] = compared;
    console.log(name.padEnd(38) + shown(compared.few) + shown(compared.many));
  }
  return found;
}

function shown({ wall_ms, cpu_ms }: Taken): string {
  return `${wall_ms.toFixed(1)} (${cpu_ms.toFixed(1)})`.padStart(18);
}

type Place = { readonly data: string; readonly log: JobLog };

/** A log with 20 jobs and `finished` more, of which most are completed with two files and five events each. */
async function makeLog(data: string, finished: number): Promise<Place> {
  mkdirSync(data, { recursive: true });
  const path = join(data, 'gex_history.db');
  const log = openJobLog(path, options);
  await log.queue.enqueue(Array.from({ length: 20 }, (_, at) => request(at)));
  if (finished > 0) await fill(path, finished);
  return { data, log };
}

async function fill(path: string, finished: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  // With the row groups that src/db gives it.
  await connection.run(`ATTACH '${path}' AS log (ROW_GROUP_SIZE 8192)`);
  await connection.run('USE log');
  const id = "lpad(to_hex(1700000000000 + job), 12, '0') || left(md5(job::VARCHAR), 20)";
  const time = "TIMESTAMP '2024-01-01' + to_seconds(job * 60)";
  const date = "DATE '2024-01-01' + (job // 20)::INTEGER";
  const statements = [
    `INSERT INTO import_jobs (id, url, checksum, ticker, status, records_processed, last_error, created_at, updated_at, kind, endpoint,
       session_date, staged_path, attempts, skipped, records_read, records_duplicate, records_quarantined, actor, started_at, finished_at, publish, origin)
     SELECT ${id}, 'https://hist.gex.bot/' || job || '.json?sig=' || md5(job::VARCHAR), sha256(job::VARCHAR), 'NQ_NDX',
       CASE WHEN job % 50 = 0 THEN 'failed' WHEN job % 10 = 0 THEN 'skipped' ELSE 'completed' END, 23400, NULL, ${time}, ${time}, 'import',
       'gex_zero', ${date}, 'source/gexbot/' || job || '.json', 1, job % 10 = 0, 23404, 3, 1, 'bench', ${time}, ${time}, true, 'command'
     FROM range(${finished}) AS numbers(job)`,
    `INSERT INTO job_events (job_id, occurred_at, actor, event, detail, number)
     SELECT ${id}, ${time}, 'bench', event, 'detail of ' || job, (SELECT max(number) FROM job_events) + row_number() OVER (ORDER BY job, place)
     FROM (
       SELECT job, unnest(['created', 'started', 'received', 'publishing', 'completed']) AS event, unnest(range(5)) AS place
       FROM range(${finished}) AS numbers(job))`,
    `INSERT INTO parquet_files (job_id, path, dataset, ticker, endpoint, session_dates, row_count, size_bytes, checksum, first_timestamp,
       last_timestamp, state, created_at)
     SELECT ${id}, 'parquet/gex/2024/01/NQ_NDX/gex_zero/' || dataset || job || '.parquet', dataset, 'NQ_NDX', 'gex_zero', [${date}], 2300000, 4500000,
       sha256(job::VARCHAR), ${time}, ${time}, 'superseded', ${time}
     FROM (SELECT job, unnest(['strikes', 'snapshots']) AS dataset FROM range(${finished}) AS numbers(job) WHERE job % 10 <> 0)`,
  ];
  for (const statement of [...statements, 'USE memory', 'DETACH log']) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

type Operation = (place: Place) => Promise<Taken>;

function operations(runs: number): (readonly [string, Operation])[] {
  const inside =
    (act: (place: Place, run: number) => Promise<unknown>): Operation =>
    (place) =>
      timed(runs, (run) => act(place, run));
  const whole =
    (...words: readonly string[]): Operation =>
    ({ data }) =>
      timedProgram(runs, data, ...words);
  return [
    ['claim', inside(({ log }) => log.queue.takeOldest(holder))],
    ['recover and claim', inside(recoverAndClaim)],
    ['list 50', inside(({ log }) => log.jobs.list({ limit: limits.jobs_listed }))],
    ['list 50 failed', inside(({ log }) => log.jobs.list({ status: 'failed', limit: limits.jobs_listed }))],
    ['show', inside(async ({ log }) => log.jobs.story((await log.jobs.list({ limit: 1 }))[0]?.id ?? ''))],
    ['enqueue, take, received', inside(takeAndReceive)],
    ['enqueue 1', inside(({ log }) => log.queue.enqueue([request(0)]))],
    ['enqueue 1,000', inside(({ log }) => log.queue.enqueue(Array.from({ length: 1_000 }, (_, at) => request(at))))],
    ['query that names no log table', inside((place) => lake(place, 'SELECT 1 AS one'))],
    ['query over import_jobs', inside((place) => lake(place, 'SELECT status, count(*) FROM import_jobs GROUP BY 1'))],
    ['process: gexlake jobs', whole('jobs')],
    ['process: gexlake jobs --status failed', whole('jobs', '--status', 'failed')],
    ['process: gexlake query', whole('query', 'SELECT 1 AS one')],
  ];
}

async function recoverAndClaim(place: Place): Promise<unknown> {
  await recoverAbandoned(contextOf(place));
  return place.log.queue.takeOldest(holder);
}

async function takeAndReceive({ log }: Place, run: number): Promise<unknown> {
  const job = await log.queue.enqueueAndTake(request(0), holder);
  return log.attempts.received(job, holder, {
    checksum: `no such checksum ${run}`,
    paths: [stagedPath(`none_${run}.json`, null)],
  });
}

async function lake({ data, log }: Place, sql: string): Promise<unknown> {
  return queryLake(
    { folder: dataFolder(data), store: openLocalStore(data), log, engine: { ...options, threads: 2, memory_mb: 512 } },
    sql,
    1000,
  );
}

/** Nobody asks the vendor here. */
const noVendor = { url: 'https://api.gex.bot/v2', key: null, key_file: null, fallback_host: null, pace_ms: 0 };

function contextOf({ data, log }: Place): PipelineContext {
  const [folder, policy] = [dataFolder(data), sourcePolicy([], true)];
  return {
    folder,
    store: openLocalStore(data),
    log,
    holder,
    clock: systemClock,
    limits,
    policy,
    vendor: openVendorIn({ folder, settings: noVendor, policy, limits, clock: systemClock }),
    engine: options,
    views: { areOld: false },
    heartbeats: new Heartbeats(systemClock, limits),
    onProgress: () => undefined,
    onWarning: () => undefined,
    signal: new AbortController().signal,
  };
}
