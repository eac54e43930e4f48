import type { Config } from './config.ts';
import { resolve } from 'node:path';
import { dataFolder, relativeTo, type DataFolder } from './core/data-folder.ts';
import { GexlakeError } from './core/errors.ts';
import type { Job } from './core/job.ts';
import { limits as defaultLimits } from './core/limits.ts';
import { identifySource, stagedFileName } from './core/names.ts';
import { mustBePlan, type Plan } from './core/plan.ts';
import type { QueryResult } from './db/db.ts';
import { verify, type GovernContext, type Reading, type VerifyReport } from './govern/govern.ts';
import { JobLog, type JobFilter, type JobRequest, type JobStory } from './joblog/joblog.ts';
import {
  queryLake,
  blockOfPath,
  compactUrl,
  lookAgain,
  planOfCompaction,
  restoreUrl,
  runImporter,
  runImporters,
  type ImporterSettings,
  type ImportListener,
  type ImportRequest,
  type ImportRun,
  type Interrupts,
} from './pipeline/pipeline.ts';
import { systemClock } from './platform/clock.ts';
import { exists, makeFolder } from './platform/files.ts';
import { serveBody } from './platform/file-server.ts';
import { gzipAll, writeOutputFile } from './platform/output-file.ts';
import { commandOf } from './platform/processes.ts';
import { version } from './platform/version.ts';
import { generateSample, sampleFileName, type SampleFacts, type SampleOptions } from './sample/sample.ts';
import { allowSource, sourcePolicy, type SourcePolicy } from './source/source.ts';

export type { ImportListener, ImportRequest, ImportRun, Interrupts } from './pipeline/pipeline.ts';
export type { QueryResult } from './db/db.ts';
export { parseSample, type Reading, type VerifyReport } from './govern/govern.ts';
export type { JobFilter, JobStory } from './joblog/joblog.ts';

/** Hears how far long work is: a few words, how much is done, of how much. */
export type OnGoverned = GovernContext['onProgress'];

/** All that the ways in (command line, HTTP) may do. The rooms are wired together here and nowhere else. */
export type App = {
  readonly folder: DataFolder;
  readonly importSources: (
    requests: readonly ImportRequest[],
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<ImportRun>;
  /** Writes pending jobs down: all of them, or where one cannot be a job, none. */
  readonly enqueue: (requests: readonly ImportRequest[]) => Promise<Job[]>;
  readonly runPending: (
    work: { limit: number; watch: boolean; workers: number },
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<ImportRun>;
  /** Requests for {@link App.importSources} that change what is published; each says why. */
  readonly correction: (id: string, source: string, date: string | undefined, reason: string) => Promise<ImportRequest>;
  readonly compaction: (path: string, reason: string, planId: string | null) => Promise<ImportRequest>;
  /** What a compaction would do now, and the canonical folder that it is about. */
  readonly planCompaction: (path: string) => Promise<{ readonly folder: string; readonly plan: Plan }>;
  readonly restoration: (path: string, reason: string) => ImportRequest;
  readonly countPending: () => Promise<number>;
  readonly jobs: (filter: JobFilter) => Promise<Job[]>;
  readonly job: (id: string) => Promise<JobStory>;
  /** Both change all the jobs or, where one cannot be changed, none. */
  readonly retry: (ids: readonly string[]) => Promise<Job[]>;
  readonly cancel: (ids: readonly string[]) => Promise<Job[]>;
  readonly query: (sql: string, limit: number) => Promise<QueryResult>;
  /** Changes nothing, and needs no right to write. */
  readonly verify: (reading: Reading, onProgress: OnGoverned) => Promise<VerifyReport>;
};

export function createApp(config: Config): App {
  const { settings, actor } = config;
  const folder = dataFolder(settings.data_dir);
  const clock = systemClock;
  const limits = { ...defaultLimits, ...settings.limits };
  const database = { clock, commandOf, lockWait_ms: limits.lock_wait_ms };
  const log = new JobLog(folder.history, database);
  const policy = sourcePolicy(settings.source_allow, true);
  const importer: ImporterSettings = {
    dataDir: settings.data_dir,
    policy,
    actor,
    threads: settings.threads,
    memory_mb: settings.memory_mb,
    limits,
    ownEngine: false,
  };
  const engine = { ...database, threads: settings.threads, memory_mb: settings.memory_mb };
  const { staged_days, raw_days } = settings;
  const governing = (onProgress: OnGoverned): GovernContext => {
    return { folder, log, clock, limits, engine, actor, staged_days, raw_days, onProgress };
  };
  const ready = () => makeFolder('stage:folder', folder.root);
  /** Before the first job there is no log, and looking for jobs is no reason to make one. */
  const known = async () => exists(folder.history);
  const compactionOf = async (target: string) => planOfCompaction(target, (await known()) ? log : null);
  return {
    folder,
    importSources: async (requests, listener, interrupts) => {
      await ready();
      return runImporter(log, importer, { kind: 'sources', requests }, listener, interrupts);
    },
    enqueue: async (requests) => {
      const jobs = requests.map((request) => toJobRequest(request, policy, actor));
      await ready();
      return log.enqueue(jobs);
    },
    runPending: async (work, listener, interrupts) => {
      await ready();
      const { workers, ...rest } = work;
      return runImporters(log, importer, { kind: 'pending', ...rest }, workers, listener, interrupts);
    },
    correction: async (id, source, date, reason) => {
      await mustKnow(known, id);
      return toCorrection(await log.story(id), source, date, reason);
    },
    compaction: async (path, reason, planId) => {
      const target = relativePath(folder, path);
      blockOfPath(target);
      // The job looks again; here it is refused before there is one.
      if (planId !== null) mustBePlan(await compactionOf(target), planId, lookAgain);
      return { source: compactUrl({ folder: target, planId }), publish: true, change: { kind: 'rewrite', reason } };
    },
    planCompaction: async (path) => {
      const target = relativePath(folder, path);
      blockOfPath(target);
      return { folder: target, plan: await compactionOf(target) };
    },
    restoration: (path, reason) => {
      const target = relativePath(folder, path);
      blockOfPath(target);
      return { source: restoreUrl(target), publish: true, change: { kind: 'rewrite', reason } };
    },
    countPending: async () => ((await known()) ? log.countPending() : 0),
    jobs: async (filter) => ((await known()) ? log.list(filter) : []),
    job: async (id) => {
      await mustKnow(known, id);
      return log.story(id);
    },
    retry: async (ids) => {
      await mustKnow(known, ids[0]);
      return log.retry(ids, actor);
    },
    cancel: async (ids) => {
      await mustKnow(known, ids[0]);
      return log.cancel(ids, actor);
    },
    query: (sql, limit) => queryLake(folder, log, engine, sql, limit),
    verify: (reading, onProgress) => verify(governing(onProgress), reading),
  };
}

/** Checks all about a source that can be checked without opening it. */
function toJobRequest(request: ImportRequest, policy: SourcePolicy, actor: string): JobRequest {
  allowSource(request.source, policy);
  stagedFileName(request.source);
  const { ticker, endpoint, sessionDate } = identifySource(request.source, request);
  return { url: request.source, ticker, endpoint: endpoint.name, sessionDate, actor, publish: request.publish };
}

/** A correction is about its original's ticker and endpoint, and its session unless the source says which. */
function toCorrection(original: JobStory, source: string, date: string | undefined, reason: string): ImportRequest {
  if (original.status !== 'completed' || original.ticker === null || original.endpoint === null) {
    throw new GexlakeError(
      'JOB_STATE',
      `job ${original.id} is ${original.status}: it has published nothing to correct`,
      {
        details: { jobId: original.id },
        hint: 'Name the job whose rows are wrong; `gexlake jobs --status completed` lists those that published some.',
      },
    );
  }
  const { ticker, endpoint } = original;
  const named = identifySource(source, { ticker, endpoint, date }).sessionDate;
  const change = { kind: 'correction', correctsJobId: original.id, reason } as const;
  return { source, ticker, endpoint, date: named ?? original.session_date ?? undefined, publish: true, change };
}

/** A path as the log has it: relative to the data folder, however the user gave it. */
function relativePath(folder: DataFolder, path: string): string {
  const inside = relativeTo(folder, resolve(path));
  const given = inside.startsWith('..') ? path : inside;
  return given.replace(/\/+$/, '');
}

async function mustKnow(known: () => Promise<boolean>, id: string | undefined): Promise<void> {
  if (id === undefined || (await known())) return;
  throw new GexlakeError('JOB_NOT_FOUND', `no job has the id ${id}: there is no job log yet`, {
    hint: 'Check --data-dir, or import something first.',
  });
}

export function appVersion(): string {
  return version();
}

/** Writes a sample session into a file, or to standard output for `-`. */
export async function writeSampleFile(options: SampleOptions, path: string, gzip: boolean): Promise<SampleFacts> {
  let facts: SampleFacts | null = null;
  const chunks = generateSample(options);
  await writeOutputFile(
    path,
    remember(chunks, (found) => (facts = found)),
    gzip,
  );
  if (facts === null) throw new Error('the sample has no end');
  return facts;
}

export type SampleServer = {
  readonly url: string;
  readonly origin: string;
  readonly size_bytes: number;
  readonly close: () => Promise<void>;
};

/** Serves a sample session, gzipped, from this machine under the vendor's file name. */
export async function serveSample(options: SampleOptions): Promise<SampleServer> {
  const body = await gzipAll(generateSample(options));
  const server = await serveBody(body, 'application/json');
  const url = `${server.origin}/hist/${sampleFileName(options)}.gz`;
  return { url, origin: server.origin, size_bytes: body.byteLength, close: server.close };
}

/** Passes a generator's values on and hands its result to `keep`. */
function* remember<T, R>(values: Generator<T, R, void>, keep: (result: R) => void): Generator<T, void, void> {
  keep(yield* values);
}
