import type { Config } from '../config.ts';
import { join, resolve } from 'node:path';
import type { Coverage, CoverageRequest } from '../core/coverage.ts';
import { dataFolder, relativeTo, type DataFolder } from '../core/data-folder.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Job, ParquetFile } from '../core/job.ts';
import { limits as defaultLimits } from '../core/limits.ts';
import { identifySource, stagedFileName, type SourceFlags } from '../core/names.ts';
import type { ReconcileRequest, ReconcileResult } from '../core/reconciliation.ts';
import { mustBePlan, type Plan } from '../core/plan.ts';
import { compactUrl, restoreUrl, withdrawUrl } from '../core/rewrites.ts';
import type { QueryResult, QueryRows } from '../core/query.ts';
import {
  clockDoubt,
  beginOn,
  examine,
  type DoctorReport,
  tighten,
  type TightenAction,
  type Ask,
  type PlanReport,
  type GovernContext,
  type Note,
} from '../maintenance/maintenance.ts';
import { coverage, reconcile } from '../coverage/coverage.ts';
import { archiveNow, prune, type PruneReport } from '../retention/retention.ts';
import { backUp, type BackupReport, restoreSnapshot, type RestoreReport } from '../backup/backup.ts';
import { migrateFolder, type MigrationReport, type MigrationRequest } from '../migrate/migrate.ts';
import { rebuildLog } from '../rebuild/rebuild.ts';
import { repair, type RepairReport } from '../repair/repair.ts';
import { verify, type VerifyReport, type Reading } from '../verify/verify.ts';
import { withUpkeep } from './upkeep.ts';
import {
  JobLog,
  type Changes,
  type FeedPosition,
  type FileFilter,
  type JobDetails,
  type JobFilter,
  type JobRequest,
  type JobStory,
  type NumberedEvent,
  type Submission,
} from '../joblog/joblog.ts';
import {
  queryLake,
  blockOfPath,
  lookAgain,
  planOfCompaction,
  planOfWithdrawal,
  runImporter,
  runImporters,
  keepResult,
  streamLake,
  type KeptResult,
  type QueryRequest,
  type ImporterSettings,
  type ImportListener,
  type ImportRequest,
  type ImportRun as Run,
  type Interrupts,
} from '../pipeline/pipeline.ts';
import { systemClock } from '../platform/clock.ts';
import { armFault } from '../platform/faults.ts';
import { exists, freeBytes, makeDataFolder, mustBeWritable, signatureOf } from '../platform/files.ts';
import { guardDataFolder, mustBeDatabaseFile, mustBeOwn } from '../platform/own-places.ts';
import { serveBody } from '../platform/file-server.ts';
import { gzipAll, writeOutputFile } from '../platform/output-file.ts';
import { limitNewFiles } from '../platform/new-files.ts';
import { commandOf } from '../platform/processes.ts';
import { version } from '../platform/version.ts';
import { generateSample, sampleFileName, type SampleFacts, type SampleOptions } from '../sample/sample.ts';
import {
  allowSource,
  requestedSources,
  sourcePolicy,
  type RequestedSources,
  type SourcePolicy,
} from '../source/source.ts';
import { isInInbox, receiveIntoInbox, removeFromInbox } from '../staging/staging.ts';

export type { ImportListener, ImportRequest, Interrupts, QueryRequest } from '../pipeline/pipeline.ts';
export type { QueryResult, QueryRows } from '../core/query.ts';
export type { RequestedSource, RequestedSources } from '../source/source.ts';
export type { Ask, DoctorReport } from '../maintenance/maintenance.ts';
export type { BackupReport, RestoreReport } from '../backup/backup.ts';
export type { MigrationReport } from '../migrate/migrate.ts';
export type { PruneReport } from '../retention/retention.ts';
export { parseSample, type Reading, type VerifyReport } from '../verify/verify.ts';
export { type RepairReport } from '../repair/repair.ts';
export type {
  Changes,
  FeedPosition,
  FileFilter,
  JobDetails,
  JobFilter,
  JobStory,
  NumberedEvent,
} from '../joblog/joblog.ts';

/** A job that somebody asks for from outside this machine's command line; `actor` is who that is. */
export type OutsideRequest = Omit<Submission, 'request'> & {
  readonly request: ImportRequest;
  readonly actor: string;
  /** Whether the source is a file that {@link App.receive} has made for this request. No other local file is for those outside. */
  readonly arrived?: boolean;
};

/** What became of some work, and what its disk lacks. */
export type ImportRun = Run & { readonly notes?: readonly Note[] };

/** Hears how far long work is: a few words, how much is done, of how much. */
export type OnGoverned = GovernContext['onProgress'];

/** What a restoration did, and what verifying found afterwards; null where nothing was done or there are no files to verify. */
export type Restored = RestoreReport & { readonly verify: VerifyReport | null };

/** All that the ways in (command line, HTTP) may do. The rooms are wired together here and nowhere else. */
export type App = {
  readonly folder: DataFolder;
  /** Makes out what a user gives as sources: files, folders, patterns, archives, URLs. Looks at files and writes nothing. */
  readonly requested: (
    given: readonly string[],
    flags: SourceFlags,
    mayBeMissing: boolean,
  ) => Promise<RequestedSources>;
  /** Keeps what comes from standard input or in a request as a file of the inbox, and gives its path, which can be a job's source. */
  readonly receive: (bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, name: string) => Promise<string>;
  /** Takes it out again, where it turned out to be no source. */
  readonly discard: (path: string) => Promise<void>;
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
  readonly withdrawal: (id: string, reason: string, planId: string | null) => Promise<ImportRequest>;
  /** What the withdrawal of a job would do now, and the job's whole id. */
  readonly planWithdrawal: (id: string) => Promise<{ readonly jobId: string; readonly plan: Plan }>;
  readonly countPending: () => Promise<number>;
  readonly jobs: (filter: JobFilter) => Promise<Job[]>;
  readonly job: (id: string) => Promise<JobStory>;
  /** Both change all the jobs or, where one cannot be changed, none. */
  readonly retry: (ids: readonly string[], by?: string) => Promise<Job[]>;
  readonly cancel: (ids: readonly string[], by?: string) => Promise<Job[]>;
  /** The result of a query with few rows, whole. */
  readonly query: (sql: string, limit: number) => Promise<QueryResult>;
  /** Runs one reading statement, and hands its rows to `act` as they come. */
  readonly queryRows: <T>(request: QueryRequest, act: (rows: QueryRows) => Promise<T>) => Promise<T>;
  /** Runs one reading statement, and keeps its rows as a new file. */
  readonly queryToFile: (request: QueryRequest, path: string) => Promise<KeptResult>;

  /** Makes sure that there is a data folder to write into and a log of this version's layout. */
  readonly prepare: () => Promise<void>;
  /** @throws SOURCE_NOT_ALLOWED where a source that came from outside may not be fetched; local files never are */
  readonly mayFetch: (source: string) => void;
  /** Gives each request its job, all in one transaction: a new one, one that is there already, or an error of its own. */
  readonly submit: (requests: readonly OutsideRequest[]) => Promise<(JobDetails | GexlakeError)[]>;
  readonly changesSince: (position: FeedPosition | null) => Promise<Changes>;
  readonly eventsAfter: (after: number, last: number) => Promise<NumberedEvent[]>;
  readonly detailsOf: (ids: readonly string[]) => Promise<Map<string, JobDetails>>;
  readonly files: (filter: FileFilter) => Promise<ParquetFile[]>;
  /** Differs whenever the log has been written; reads nothing of it. */
  readonly logSignature: () => Promise<string>;
  /** What keeps the data folder from being written into, if anything, and the free bytes of its disk. */
  readonly diskState: () => Promise<{ readonly problem: GexlakeError | null; readonly free_bytes: number }>;
  /** Which sessions are here and which are not; reads only. */
  readonly coverage: (request: CoverageRequest) => Promise<Coverage>;
  /** Why this machine's clock is not believed, in words; null where nothing speaks against it. */
  readonly clockDoubt: () => Promise<string | null>;
  /** Log against Parquet against calendar, with a report. */
  readonly reconcile: (request: ReconcileRequest) => Promise<ReconcileResult>;
  /** What is due by the retention rules, printed or done. */
  readonly prune: (ask: Ask, onProgress: OnGoverned) => Promise<PruneReport>;
  /** Archives staged sources at once, whatever their age. */
  readonly archive: (paths: readonly string[], onProgress: OnGoverned) => Promise<PruneReport>;
  /** A snapshot of both databases; `keep` sends all but the newest so many to the trash. */
  readonly backUp: (ask: Ask, keep: number | null, onProgress: OnGoverned) => Promise<BackupReport>;
  /** Puts a snapshot back, over the databases or into another folder, and says whether all is well then. */
  readonly restore: (ask: Ask, snapshot: string, into: string | null, onProgress: OnGoverned) => Promise<Restored>;
  /** Makes the job log again from the files alone. */
  readonly rebuildLog: (ask: Ask, onProgress: OnGoverned) => Promise<Restored>;
  /** Migrates files of old layouts below a folder, the data folder itself where none is given; or only plans it. */
  readonly migrate: (
    request: Omit<MigrationRequest, 'folder'> & { readonly folder: string | null },
    workers: number,
    onProgress: OnGoverned,
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<MigrationReport>;
  /** Changes nothing, and needs no right to write. */
  readonly verify: (reading: Reading, onProgress: OnGoverned) => Promise<VerifyReport>;
  readonly repair: (
    reading: Reading,
    ask: Ask & { readonly strays?: boolean },
    onProgress: OnGoverned,
  ) => Promise<RepairReport>;
  /** What the disk of the data folder can do. */
  readonly doctor: () => Promise<DoctorReport>;
  /** Takes rights away from what is open to more than the settings say. */
  readonly tighten: (ask: Ask) => Promise<PlanReport<TightenAction>>;
};

/** What who makes an {@link App} may want to hear of its own waiting for databases, in milliseconds. */
export type AppListener = { readonly onLockWait?: (waited_ms: number) => void };

export function createApp(config: Config, { onLockWait }: AppListener = {}): App {
  const { settings, actor } = config;
  const folder = dataFolder(settings.data_dir);
  limitNewFiles(settings.log_mode);
  const clock = systemClock;
  const limits = { ...defaultLimits, ...settings.limits };
  const hearing = onLockWait === undefined ? {} : { onLockWait };
  const database = { clock, commandOf, mustBeFile: mustBeDatabaseFile, lockWait_ms: limits.lock_wait_ms, ...hearing };
  const log = new JobLog(folder.history, database);
  const policy = sourcePolicy(settings.source_allow, true, settings.proxy);
  const outsidePolicy = sourcePolicy(settings.source_allow, false, settings.proxy);
  const importer: ImporterSettings = {
    dataDir: settings.data_dir,
    policy,
    actor,
    threads: settings.threads,
    memory_mb: settings.memory_mb,
    limits,
    ownEngine: false,
    log_mode: settings.log_mode,
  };
  const engine = { ...database, threads: settings.threads, memory_mb: settings.memory_mb };
  const lake = { folder, log, engine: { ...engine, spill_bytes: limits.query_spill_bytes } };
  const { staged_days, raw_days, log_mode } = settings;
  const governing = (onProgress: OnGoverned): GovernContext => {
    return { folder, log, clock, limits, engine, actor, staged_days, raw_days, log_mode, onProgress };
  };
  const quietly = governing(() => undefined);
  const countPending = async () => ((await exists(folder.history)) ? log.countPending() : 0);
  /** Runs what a governing command asks for as jobs of an importer; it is not interrupted half-way. */
  const runJobs = async (requests: readonly ImportRequest[]) => {
    const never = new AbortController().signal;
    const run = await runImporter(log, importer, { kind: 'sources', requests }, unheard, {
      finish: never,
      abort: never,
    });
    if (run.error !== null) throw run.error;
    return run.results;
  };
  guardDataFolder(folder.root);
  const ours = () => mustBeOwn(folder);
  /** Makes sure that there is a folder of ours to write into; gives what its disk lacks, before anything depends on it. */
  const ready = async () => {
    await ours();
    await makeDataFolder('stage:folder', folder.root);
    return beginOn(folder.root);
  };
  /** Before the first job there is no log, and looking for jobs is no reason to make one. */
  const known = async () => exists(folder.history);
  const compactionOf = async (target: string) => planOfCompaction(target, (await known()) ? log : null);
  /** The job looks again; here what cannot be is refused before there is one. */
  const withdrawable = async (job: JobStory, planId: string | null) => {
    mustBePlan(await planOfWithdrawal(log, job), planId, lookAgain);
    return { id: job.id, ticker: job.ticker ?? undefined, endpoint: job.endpoint ?? undefined };
  };
  return {
    folder,
    requested: (given, flags, mayBeMissing) => requestedSources(given, flags, { limits, folder, mayBeMissing }),
    receive: async (bytes, name) => {
      await ready();
      return receiveIntoInbox(bytes, { folder, name: stagedFileName(name), limits, now_ms: clock.now_ms() });
    },
    discard: (path) => removeFromInbox(path),
    importSources: async (requests, listener, interrupts) => {
      const notes = await ready();
      const run = await withUpkeep(quietly, { jobs: requests.length, watch: false }, listener, interrupts, (heard) =>
        runImporter(log, importer, { kind: 'sources', requests }, heard, interrupts),
      );
      return { ...run, notes };
    },
    enqueue: async (requests) => {
      const jobs = requests.map((request) => toJobRequest(request, policy, actor));
      await ready();
      return log.enqueue(jobs);
    },
    runPending: async (work, listener, interrupts) => {
      const notes = await ready();
      const { workers, ...rest } = work;
      const jobs = await jobsAtOnce(work, countPending);
      const run = await withUpkeep(quietly, { jobs, watch: work.watch }, listener, interrupts, (heard) =>
        runImporters(log, importer, { kind: 'pending', ...rest }, workers, heard, interrupts),
      );
      return { ...run, notes };
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
    withdrawal: async (id, reason, planId) => {
      await mustKnow(known, id);
      const { id: jobId, ticker, endpoint } = await withdrawable(await log.story(id), planId);
      const change = { kind: 'rewrite', reason } as const;
      return { source: withdrawUrl({ jobId, planId }), ticker, endpoint, publish: true, change };
    },
    planWithdrawal: async (id) => {
      await mustKnow(known, id);
      const job = await log.story(id);
      return { jobId: job.id, plan: await planOfWithdrawal(log, job) };
    },
    countPending,
    jobs: async (filter) => ((await known()) ? log.list(filter) : []),
    job: async (id) => {
      await mustKnow(known, id);
      return log.story(id);
    },
    retry: async (ids, by = actor) => {
      await mustKnow(known, ids[0]);
      return log.retry(ids, by);
    },
    cancel: async (ids, by = actor) => {
      await mustKnow(known, ids[0]);
      return log.cancel(ids, by);
    },
    prepare: async () => {
      await ready();
      await mustBeWritable(folder.root);
      await log.open();
    },
    mayFetch: (source) => void allowSource(source, outsidePolicy),
    submit: async (requests) =>
      submitEach(log, requests, ({ request, arrived }) =>
        arrived === true && isInInbox(folder, request.source) ? policy : outsidePolicy,
      ),
    changesSince: (position) => log.changesSince(position),
    eventsAfter: (after, last) => log.eventsAfter(after, last),
    detailsOf: (ids) => log.detailsOf(ids),
    files: (filter) => log.listFiles(filter),
    logSignature: () => signatureOf([folder.history, `${folder.history}.wal`]),
    diskState: async () => {
      const problem = await mustBeWritable(folder.root).then(() => null, toGexlakeError);
      return { problem, free_bytes: await freeBytes(folder.root).catch(() => 0) };
    },
    query: (sql, limit) => queryLake(lake, sql, limit),
    queryRows: (request, act) => streamLake(lake, request, act),
    queryToFile: (request, path) => keepResult(lake, request, path),
    coverage: (request) => coverage(quietly, request),
    clockDoubt: async () => (await clockDoubt(quietly))?.message ?? null,
    reconcile: (request) => reconcile(quietly, request),
    migrate: async ({ folder: given, ...request }, workers, onProgress, listener, interrupts) => {
      if (request.apply !== null) await ready();
      const work = { kind: 'pending', watch: false, only: 'migration' } as const;
      return migrateFolder(
        governing(onProgress),
        { ...request, folder: given === null ? folder.root : resolve(given) },
        (limit) => runImporters(log, importer, { ...work, limit }, workers, listener, interrupts),
      );
    },
    prune: async (ask, onProgress) => {
      await ours();
      return prune(governing(onProgress), ask);
    },
    archive: async (paths, onProgress) => {
      await ours();
      const inside = paths.map((path) => relativePath(folder, path));
      return archiveNow(governing(onProgress), inside);
    },
    backUp: async (ask, keep, onProgress) => {
      await ours();
      return backUp(governing(onProgress), ask, keep);
    },
    restore: async (ask, snapshot, into, onProgress) => {
      await mustBeOwn(into === null ? folder : dataFolder(into));
      const context = governing(onProgress);
      const found = await snapshotFolder(folder, snapshot);
      const report = await restoreSnapshot(context, ask, found, into);
      return { ...report, verify: into === null ? await verified(context, report) : null };
    },
    rebuildLog: async (ask, onProgress) => {
      await ours();
      const context = governing(onProgress);
      const report = await rebuildLog(context, ask);
      return { ...report, verify: await verified(context, report) };
    },
    verify: (reading, onProgress) => verify(governing(onProgress), reading),
    repair: async (reading, ask, onProgress) => {
      await ours();
      return repair(governing(onProgress), reading, ask, runJobs);
    },
    doctor: () => examine(quietly),
    tighten: async (ask) => {
      await ours();
      return tighten(quietly, ask);
    },
  };
}

/** For jobs whose results are told by the command that asked for them. */
const unheard: ImportListener = {
  onJob: () => undefined,
  onProgress: () => undefined,
  onWarning: () => undefined,
  onResult: () => undefined,
};

/** Checks all about a source that can be checked without opening it. */
function toJobRequest(request: ImportRequest, policy: SourcePolicy, actor: string): JobRequest {
  allowSource(request.source, policy);
  stagedFileName(request.source);
  const { ticker, endpoint, sessionDate } = identifySource(request.source, request);
  const { source: url, publish, change } = request;
  const changes = {
    kind: change?.kind ?? 'import',
    reason: change?.reason ?? null,
    correctsJobId: change?.kind === 'correction' ? change.correctsJobId : null,
  } as const;
  return { url, ticker, endpoint: endpoint.name, sessionDate, actor, publish, ...changes };
}

/** Requests that cannot be jobs keep none of the others from it. */
async function submitEach(
  log: JobLog,
  requests: readonly OutsideRequest[],
  policyFor: (request: OutsideRequest) => SourcePolicy,
): Promise<(JobDetails | GexlakeError)[]> {
  const read = requests.map((asked): Submission | GexlakeError => {
    try {
      const { idempotencyKey, fields, notes, request, actor } = asked;
      return { idempotencyKey, fields, notes, request: toJobRequest(request, policyFor(asked), actor) };
    } catch (error) {
      return toGexlakeError(error);
    }
  });
  const good = read.filter((item): item is Submission => !(item instanceof GexlakeError));
  const outcomes = good.length === 0 ? [] : await log.submit(good);
  let at = 0;
  return read.map((item) => (item instanceof GexlakeError ? item : (outcomes[at++] as JobDetails | GexlakeError)));
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

/** A snapshot by its path, its path in the data folder, or its name in `backups/`. */
async function snapshotFolder(folder: DataFolder, given: string): Promise<string> {
  for (const path of [join(folder.root, given), join(folder.backups, given)]) if (await exists(path)) return path;
  return resolve(given);
}

async function verified(context: GovernContext, report: RestoreReport): Promise<VerifyReport | null> {
  const isDone = report.applied && report.plan.length > 0;
  return isDone ? verify(context, { kind: 'usual' }) : null;
}

/** How many jobs wait to be done by one run. A run that keeps going outlives a log that cannot be read right now. */
async function jobsAtOnce(
  { limit, watch }: { readonly limit: number; readonly watch: boolean },
  countPending: () => Promise<number>,
): Promise<number> {
  if (limit === 1) return limit;
  const waiting = await countPending().catch((error: unknown) => {
    if (watch) return 0;
    throw error;
  });
  return Math.min(limit, waiting);
}

async function mustKnow(known: () => Promise<boolean>, id: string | undefined): Promise<void> {
  if (id === undefined || (await known())) return;
  throw new GexlakeError('JOB_NOT_FOUND', `no job has the id ${id}: there is no job log yet`, {
    hint: 'Check --data-dir, or import something first.',
  });
}

/** Lets the tests of crash safety place a kill or a failure at one step of this process; nobody else sets what it looks at. */
export function allowFaults(): void {
  armFault();
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
