import { join } from 'node:path';
import { relativeTo } from '../core/data-folder.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { noCounts, type Counts, type ImportResult, type Job, type ParquetFile } from '../core/job.ts';
import type { Expectation, LoadedSource } from '../core/journey.ts';
import { parseEndpoint } from '../core/names.ts';
import { redactUrl } from '../core/redact.ts';
import type { Database } from '../db/db.ts';
import { loadSource } from '../load/load.ts';
import { makeFolder, remove } from '../platform/files.ts';
import {
  checkLoaded,
  clearStaging,
  compareChecked,
  keepForInspection,
  publishChecked,
  withdraw,
  type CheckedFiles,
  type Comparison,
  type Conflict,
} from '../publish/publish.ts';
import type { PipelineContext } from './context.ts';
import { useEngine } from './engine.ts';
import { beatWhile } from './heartbeat.ts';
import { keepQuarantine } from './quarantine.ts';
import { obtainSource, type ObtainedSource } from './obtain.ts';

/** Rounds of comparing and intending before a job gives up on a block that others keep changing. */
const compareRounds = 20;

/**
 * Runs one attempt of a job that this process holds, from its source to the commit in the log (DESIGN 4). Never throws for
 * what can go wrong with one import: the job is then `failed`, and the result says why.
 */
export async function importJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  const workFolder = join(context.folder.work, job.id);
  const attempt = new Attempt(context, job, workFolder);
  return beatWhile(context, job, async () => {
    try {
      return await attempt.run();
    } catch (thrown) {
      return await attempt.fail(toGexlakeError(thrown));
    } finally {
      await remove('clean:remove', workFolder).catch(() => undefined);
    }
  });
}

class Attempt {
  readonly #context: PipelineContext;
  readonly #job: Job;
  readonly #expected: Expectation;
  readonly #workFolder: string;
  #source: ObtainedSource | null = null;
  #loaded: LoadedSource | null = null;

  constructor(context: PipelineContext, job: Job, workFolder: string) {
    this.#context = context;
    this.#job = job;
    this.#workFolder = workFolder;
    const endpoint = parseEndpoint(job.endpoint ?? '');
    this.#expected = { ticker: job.ticker ?? '', endpoint, sessionDate: job.session_date };
  }

  async run(): Promise<ImportResult> {
    const { folder } = this.#context;
    await makeFolder('load:folder', this.#workFolder);
    const source = await obtainSource(this.#context, this.#job, this.#workFolder);
    if (source.kind === 'equal') return this.#result({ status: 'skipped', skipped_as: source.jobId });
    this.#source = source;
    this.#loaded = await this.#load(new Set());
    await source.staged;
    return useEngine(
      this.#context,
      this.#job.id,
      async (engine) => {
        this.#progress('check');
        const checked = await checkLoaded(engine, this.#job.id, this.#current(), this.#expected);
        if (!this.#job.publish) return this.#keepStaged(engine, checked);
        const result = await this.#publish(engine, checked);
        await clearStaging(engine, this.#job.id);
        return result;
      },
      folder,
    );
  }

  async fail(error: GexlakeError): Promise<ImportResult> {
    const stagedPath = await this.#source?.staged.catch(() => null);
    // Before the log is written: on a full disk this is what makes room for saying so.
    await remove('clean:remove', this.#workFolder).catch(() => undefined);
    const relativePath = stagedPath == null ? null : relativeTo(this.#context.folder, stagedPath);
    const { message, code, hint } = error;
    const report = { code, message: withSource(message, this.#job), hint };
    if (code !== 'JOB_TAKEN_OVER') await this.#context.log.fail(this.#job, this.#context.holder, report, relativePath);
    return this.#result({ status: 'failed', error: report, staged_path: relativePath, counts: noCounts });
  }

  /** Compares, intends, links and commits; compares again where another job has changed the blocks in between. */
  async #publish(engine: Database, first: CheckedFiles): Promise<ImportResult> {
    let checked = first;
    const { log, holder, folder } = this.#context;
    for (let round = 0; round < compareRounds; round++) {
      const live = await this.#liveOfBlocks();
      const comparison = await compareChecked(engine, checked, this.#expected, live, folder.root);
      if (comparison.kind === 'conflict') throw conflictError(comparison.conflict, this.#job);
      if (comparison.kind === 'known') return this.#skip(comparison.jobId);
      if (comparison.kind === 'extends') {
        checked = await this.#reload(engine, comparison);
        continue;
      }
      this.#progress('publish');
      const intended = await log.intend(this.#job, holder, checked.files, live);
      if (intended === null) continue;
      await publishChecked(folder.root, checked, intended);
      return this.#commit(intended);
    }
    throw new GexlakeError('LOCK_BUSY', `other jobs keep publishing into the blocks of job ${this.#job.id}`, {
      hint: 'Retry the job when they are done.',
    });
  }

  /** The files to compare with; waits while another job is between its intent and its commit. */
  async #liveOfBlocks(): Promise<ParquetFile[]> {
    const { log, clock, limits } = this.#context;
    const { ticker, endpoint } = this.#expected;
    const deadline_ms = clock.now_ms() + limits.lock_wait_ms;
    for (;;) {
      const files = await log.filesOfBlocks(ticker, endpoint.name, this.#current().sessionDates);
      const other = files.find((file) => file.state === 'publishing');
      if (other === undefined) return files;
      if (clock.now_ms() > deadline_ms) {
        throw new GexlakeError(
          'LOCK_BUSY',
          `job ${other.job_id} is publishing into the same block and does not finish`,
          {
            hint: `Look at it with \`gexlake jobs show ${other.job_id}\`, then retry this job.`,
          },
        );
      }
      await clock.sleep(100);
    }
  }

  /** Loads again without the seconds that are live already, so that only new rows are published. */
  async #reload(engine: Database, comparison: Extract<Comparison, { kind: 'extends' }>): Promise<CheckedFiles> {
    this.#loaded = await this.#load(comparison.known, 'extension');
    return checkLoaded(engine, this.#job.id, this.#loaded, this.#expected);
  }

  async #load(alreadyLive: ReadonlySet<number>, subfolder = 'load'): Promise<LoadedSource> {
    const { clock, signal } = this.#context;
    const source = this.#obtained();
    const folder = join(this.#workFolder, subfolder);
    await makeFolder('load:folder', folder);
    return loadSource({
      path: source.path,
      name: source.name,
      checksum: source.checksum,
      expected: this.#expected,
      folder,
      now_ms: clock.now_ms(),
      alreadyLive,
      signal,
      onProgress: (bytes, records) => this.#progress('load', bytes, records),
    });
  }

  /** The commit in the log. Where it fails the files are taken back, unless the log says that it did happen after all. */
  async #commit(intended: readonly ParquetFile[]): Promise<ImportResult> {
    try {
      return await this.#complete(intended);
    } catch (error) {
      // Another process that took the job over has these paths now; they are its own to keep or to remove.
      if (error instanceof GexlakeError && error.code === 'JOB_TAKEN_OVER') throw error;
      const { status } = await this.#context.log.story(this.#job.id);
      if (status !== 'completed') await withdraw(this.#context.folder.root, intended);
      throw error;
    }
  }

  async #complete(intended: readonly ParquetFile[]): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const loaded = this.#current();
    await keepQuarantine(this.#context, this.#job.id, loaded.quarantinePath);
    const finished = await this.#finished();
    await log.complete(this.#job, holder, finished, loaded.notices);
    return this.#result({
      status: 'completed',
      counts: loaded.counts,
      strike_rows: loaded.strikeRows,
      staged_path: finished.stagedPath,
      parquet_files: intended.map((file) => file.path),
    });
  }

  async #skip(equal: string): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const { counts } = this.#current();
    const duplicate = counts.records_duplicate + counts.records_processed;
    const known: Counts = { ...counts, records_processed: 0, records_duplicate: duplicate };
    await log.skip(this.#job, holder, { ...(await this.#finished()), counts: known }, equal);
    await this.#obtained().unstage();
    return this.#result({ status: 'skipped', skipped_as: equal, counts: known });
  }

  async #keepStaged(engine: Database, checked: CheckedFiles): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const table = await keepForInspection(engine, this.#job.id, checked);
    const finished = await this.#finished();
    await log.stage(this.#job, holder, finished, table);
    const { counts, strikeRows } = this.#current();
    return this.#result({
      status: 'staged',
      counts,
      strike_rows: strikeRows,
      staged_path: finished.stagedPath,
      staging_table: table,
    });
  }

  async #finished(): Promise<{ counts: Counts; sessionDates: readonly string[]; stagedPath: string }> {
    const { counts, sessionDates } = this.#current();
    return { counts, sessionDates, stagedPath: relativeTo(this.#context.folder, await this.#obtained().staged) };
  }

  #current(): LoadedSource {
    if (this.#loaded === null) throw new Error('nothing has been loaded yet');
    return this.#loaded;
  }

  #obtained(): ObtainedSource {
    if (this.#source === null) throw new Error('no source has been obtained yet');
    return this.#source;
  }

  #progress(step: 'load' | 'check' | 'publish', bytes?: number, records?: number): void {
    const total = this.#source?.size_bytes ?? null;
    this.#context.onProgress({
      job_id: this.#job.id,
      step,
      bytes: bytes ?? total ?? 0,
      bytes_total: total,
      records: records ?? this.#loaded?.counts.records_read ?? 0,
    });
  }

  #result(outcome: Partial<ImportResult> & Pick<ImportResult, 'status'> & { counts?: Counts }): ImportResult {
    const { counts, ...rest } = outcome;
    const fromLog = this.#job.session_date === null ? [] : [this.#job.session_date];
    return {
      job_id: this.#job.id,
      skipped: outcome.status === 'skipped',
      skipped_as: null,
      ticker: this.#job.ticker,
      endpoint: this.#job.endpoint,
      session_dates: this.#loaded?.sessionDates ?? fromLog,
      ...(counts ?? noCounts),
      strike_rows: 0,
      staged_path: null,
      staging_table: null,
      parquet_files: [],
      error: null,
      ...rest,
    };
  }
}

/** Errors about a file name it; others are made to say which source they are about. */
function withSource(message: string, job: Job): string {
  const source = redactUrl(job.url);
  const name = source.slice(source.lastIndexOf('/') + 1).replace(/\?.*$/, '');
  return name === '' || message.includes(name.replace(/\.gz$/, '')) ? message : `${source}: ${message}`;
}

function conflictError(conflict: Conflict, job: Job): GexlakeError {
  const others = conflict.seconds > 1 ? ` (${conflict.seconds} seconds differ)` : '';
  const problem = `${conflict.column} of ${conflict.dataset} at ${conflict.timestamp} is ${conflict.found}, published is ${conflict.published}`;
  return new GexlakeError('ROWS_CONFLICT', `${problem} by job ${conflict.jobId}${others}`, {
    details: { jobId: conflict.jobId, field: conflict.column },
    hint: `Published rows never change by themselves. If this source is right: gexlake correct ${conflict.jobId} '${redactUrl(job.url)}' --reason '…'`,
  });
}
