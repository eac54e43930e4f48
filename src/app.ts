import type { Config } from './config.ts';
import { dataFolder, type DataFolder } from './core/data-folder.ts';
import { GexlakeError } from './core/errors.ts';
import type { ImportResult, Job } from './core/job.ts';
import { identifySource, stagedFileName } from './core/names.ts';
import type { QueryResult } from './db/db.ts';
import { JobLog, type JobFilter, type JobStory } from './joblog/joblog.ts';
import {
  queryLake,
  runImporter,
  type ImporterSettings,
  type ImportListener,
  type ImportRequest,
  type Interrupts,
} from './pipeline/pipeline.ts';
import { systemClock } from './platform/clock.ts';
import { exists, makeFolder } from './platform/files.ts';
import { serveBody } from './platform/file-server.ts';
import { gzipAll, writeOutputFile } from './platform/output-file.ts';
import { commandOf } from './platform/processes.ts';
import { version } from './platform/version.ts';
import { generateSample, sampleFileName, type SampleFacts, type SampleOptions } from './sample/sample.ts';
import { allowSource, sourcePolicy } from './source/source.ts';

export type { ImportListener, ImportRequest, Interrupts } from './pipeline/pipeline.ts';
export type { QueryResult } from './db/db.ts';
export type { JobFilter, JobStory } from './joblog/joblog.ts';

/** All that the ways in (command line, HTTP) may do. The rooms are wired together here and nowhere else. */
export type App = {
  readonly folder: DataFolder;
  readonly importSources: (
    requests: readonly ImportRequest[],
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<ImportResult[]>;
  readonly enqueue: (request: ImportRequest) => Promise<Job>;
  readonly runPending: (
    work: { limit: number; watch: boolean },
    listener: ImportListener,
    interrupts: Interrupts,
  ) => Promise<ImportResult[]>;
  readonly countPending: () => Promise<number>;
  readonly jobs: (filter: JobFilter) => Promise<Job[]>;
  readonly job: (id: string) => Promise<JobStory>;
  readonly retry: (id: string) => Promise<Job>;
  readonly cancel: (id: string) => Promise<Job>;
  readonly query: (sql: string, limit: number) => Promise<QueryResult>;
};

export function createApp(config: Config): App {
  const { settings, actor } = config;
  const folder = dataFolder(settings.data_dir);
  const clock = systemClock;
  const log = new JobLog(folder.history, { clock, commandOf });
  const policy = sourcePolicy(settings.source_allow, true);
  const importer: ImporterSettings = {
    dataDir: settings.data_dir,
    policy,
    actor,
    threads: settings.threads,
    memory_mb: settings.memory_mb,
  };
  const ready = () => makeFolder('stage:folder', folder.root);
  /** Before the first job there is no log, and looking for jobs is no reason to make one. */
  const known = async () => exists(folder.history);
  return {
    folder,
    importSources: async (requests, listener, interrupts) => {
      await ready();
      return runImporter(log, importer, { kind: 'sources', requests }, listener, interrupts);
    },
    enqueue: async (request) => {
      allowSource(request.source, policy);
      stagedFileName(request.source);
      const { ticker, endpoint, sessionDate } = identifySource(request.source, request);
      await ready();
      return log.enqueue({
        url: request.source,
        ticker,
        endpoint: endpoint.name,
        sessionDate,
        actor,
        publish: request.publish,
      });
    },
    runPending: async (work, listener, interrupts) => {
      await ready();
      return runImporter(log, importer, { kind: 'pending', ...work }, listener, interrupts);
    },
    countPending: async () => ((await known()) ? log.countPending() : 0),
    jobs: async (filter) => ((await known()) ? log.list(filter) : []),
    job: async (id) => {
      await mustKnow(known, id);
      return log.story(id);
    },
    retry: async (id) => {
      await mustKnow(known, id);
      return log.retry(id, actor);
    },
    cancel: async (id) => {
      await mustKnow(known, id);
      return log.cancel(id, actor);
    },
    query: (sql, limit) =>
      queryLake(
        folder,
        log,
        { clock, commandOf, threads: settings.threads, memory_mb: settings.memory_mb },
        sql,
        limit,
      ),
  };
}

async function mustKnow(known: () => Promise<boolean>, id: string): Promise<void> {
  if (await known()) return;
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
