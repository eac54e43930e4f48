import { join } from 'node:path';
import { relativeTo } from '../core/data-folder.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { Counts, ImportResult, Job, ParquetFile } from '../core/job.ts';
import type { JobNote } from '../joblog/joblog.ts';
import type { LoadedSource } from '../core/journey.ts';
import type { Database } from '../db/db.ts';
import { loadSource } from '../load/load.ts';
import { makeFolder, remove } from '../platform/files.ts';
import {
  applySwap,
  checkLoaded,
  compareChecked,
  keepForInspection,
  publishChecked,
  type CheckedFiles,
  type Comparison,
} from '../publish/publish.ts';
import type { PipelineContext } from './context.ts';
import { useEngine } from './engine.ts';
import { checkSessions, countAllChanges, planCorrection } from './correction.ts';
import { conflictError, expectationOf, keptChanging, withSource } from './explain.ts';
import { beatWhile } from './heartbeat.ts';
import { obtainSource, type ObtainedSource } from './obtain.ts';
import { keepQuarantine } from './quarantine.ts';
import { recoverAbandoned } from './recovery.ts';
import { toResult } from './results.ts';
import type { RewritePlan } from './rewrite-plan.ts';
import { withdrawIfPossible, withdrawIntended } from './undo.ts';

/** Rounds of comparing and intending before a job gives up on a block that others keep changing. */
const compareRounds = 20;

/**
 * Runs one attempt of a job that this process holds, from its source to the commit in the log. What can go wrong
 * with one import is no exception: the job is then `failed`, and the result says why.
 *
 * @throws GexlakeError where the log itself cannot be read or written any more
 */
export async function importJob(context: PipelineContext, job: Job): Promise<ImportResult> {
  const attempt = new Attempt(context, job);
  return beatWhile(context, job, async () => {
    try {
      return await attempt.run();
    } catch (thrown) {
      return await attempt.fail(toGexlakeError(thrown));
    } finally {
      await attempt.clean();
    }
  });
}

class Attempt {
  readonly #context: PipelineContext;
  readonly #job: Job;
  readonly #workFolder: string;
  #source: ObtainedSource | null = null;
  #loaded: LoadedSource | null = null;
  /** Whether anything may have become visible: from the moment that an intent is written down. */
  #mayBeVisible = false;
  #published: readonly string[] = [];
  /** Whether the job is somebody else's now, with its private folder. */
  #lost = false;
  /** The result that holds once the commit has happened. */
  #committing: ImportResult | null = null;

  constructor(context: PipelineContext, job: Job) {
    this.#context = context;
    this.#job = job;
    this.#workFolder = join(context.folder.work, job.id);
  }

  async run(): Promise<ImportResult> {
    await this.#undoEarlierAttempt();
    const expected = expectationOf(this.#job);
    await makeFolder('load:folder', this.#workFolder);
    const source = await obtainSource(this.#context, this.#job, this.#workFolder);
    if (source.kind === 'equal') return toResult(this.#job, { status: 'skipped', skipped_as: source.jobId });
    this.#source = source;
    this.#loaded = await this.#load(new Set());
    await source.staged;
    return useEngine(this.#context, this.#job, async (engine) => {
      this.#progress('check');
      const checked = await checkLoaded(engine, this.#job.id, this.#current(), expected);
      if (this.#job.kind === 'correction') return this.#correct(engine, checked);
      return this.#job.publish ? this.#publish(engine, checked) : this.#keepStaged(engine, checked);
    });
  }

  /** Ends the attempt in the log; what it has linked and not committed is taken back before the log forgets about it. */
  async fail(error: GexlakeError): Promise<ImportResult> {
    this.#lost = error.code === 'JOB_TAKEN_OVER';
    const stagedPath = await this.#source?.staged.catch(() => null);
    // Before the log is written: on a full disk this is what makes room for saying so.
    await this.clean();
    const intent = await this.#takeBack();
    if (intent === 'committed' && this.#committing !== null) return this.#committing;
    const staged_path = stagedPath == null ? null : relativeTo(this.#context.folder, stagedPath);
    const report = { code: error.code, message: withSource(error.message, this.#job), hint: error.hint };
    // A job that somebody else holds now is theirs to end.
    if (!this.#lost) {
      const left = { stagedPath: staged_path, intentStands: intent !== 'withdrawn' };
      await this.#context.log.fail(this.#job, this.#context.holder, report, left);
    }
    return this.#result({ status: 'failed', error: report, staged_path });
  }

  async clean(): Promise<void> {
    if (!this.#lost) await remove('clean:remove', this.#workFolder).catch(() => undefined);
  }

  /**
   * Takes back what became visible without a commit. Where the commit itself failed, the log is asked whether it happened
   * after all; as long as that is not known, or the job is somebody else's, nothing is removed and the intent stands.
   */
  async #takeBack(): Promise<'withdrawn' | 'committed' | 'stands'> {
    if (!this.#mayBeVisible) return 'withdrawn';
    if (this.#lost) return 'stands';
    const { log, holder, folder } = this.#context;
    const found = await log.story(this.#job.id).catch(() => null);
    if (found?.status === 'completed') return 'committed';
    if (found?.status !== 'started' || found.owner !== holder.owner) return 'stands';
    const intended = await log.intended(this.#job).catch(() => null);
    if (intended === null) return 'stands';
    return (await withdrawIfPossible(folder, this.#job.id, intended)) ? 'stands' : 'withdrawn';
  }

  /** A killed or failed attempt may have left private files, and an intent whose files could not be taken back then. */
  async #undoEarlierAttempt(): Promise<void> {
    await remove('clean:remove', this.#workFolder);
    if (this.#job.attempts < 2) return;
    const { log, holder, folder } = this.#context;
    const intended = await log.intended(this.#job);
    if (intended.placed.length + intended.retired.length === 0) return;
    // Until it has been undone it counts as this attempt's: should that fail, the intent stands on.
    this.#mayBeVisible = true;
    await withdrawIntended(folder, this.#job.id, intended);
    await log.forgetIntended(this.#job, holder);
    this.#mayBeVisible = false;
  }

  /** Replaces the blocks of the job that this one corrects (docs/DATA_STRUCTURE_AND_GOVERNANCE.md); plans again where another job has changed them. */
  async #correct(engine: Database, checked: CheckedFiles): Promise<ImportResult> {
    const { folder } = this.#context;
    const original = await this.#context.log.story(this.#job.corrects_job_id ?? '');
    checkSessions(this.#job, original, this.#current().sessionDates);
    for (let round = 0; round < compareRounds; round++) {
      const live = await this.#liveOfBlocks();
      const correction = { job: this.#job, sessionDates: this.#current().sessionDates, live, found: checked.files };
      const changes = await countAllChanges(engine, folder.root, correction);
      if (changes.total === 0) return this.#skip(live[0]?.job_id ?? original.id);
      const plan = await planCorrection(engine, folder.root, join(this.#workFolder, 'correction'), correction);
      const notes = [{ event: 'corrected', detail: changes.text }];
      if (await this.#replace(plan)) return this.#commit(notes);
    }
    throw keptChanging(this.#job);
  }

  /** Intends and does a planned replacement; false where the plan no longer fits what is live. */
  async #replace(plan: RewritePlan): Promise<boolean> {
    const { log, holder, folder } = this.#context;
    this.#progress('publish');
    await keepQuarantine(this.#context, this.#job.id, this.#current().quarantinePath);
    this.#mayBeVisible = true;
    const { counts } = this.#current();
    if (!(await log.intendSwap(this.#job, holder, plan.placed, plan.swap.retirements, counts))) return false;
    this.#published = plan.placed.map(({ path }) => path);
    await applySwap(folder.root, plan.swap);
    return true;
  }

  /** Compares, intends, links and commits; compares again where another job has changed the blocks in between. */
  async #publish(engine: Database, first: CheckedFiles): Promise<ImportResult> {
    let checked = first;
    const { log, holder, folder } = this.#context;
    const expected = expectationOf(this.#job);
    for (let round = 0; round < compareRounds; round++) {
      const live = await this.#liveOfBlocks();
      const comparison = await compareChecked(engine, checked, expected, live, folder.root);
      if (comparison.kind === 'conflict') throw conflictError(comparison.conflict, this.#job);
      if (comparison.kind === 'known') return this.#skip(comparison.jobId);
      if (comparison.kind === 'extends') {
        checked = await this.#reload(engine, comparison);
        continue;
      }
      this.#progress('publish');
      await keepQuarantine(this.#context, this.#job.id, this.#current().quarantinePath);
      this.#mayBeVisible = true;
      const intended = await log.intend(this.#job, holder, checked.files, live, this.#current().counts);
      if (intended === null) continue;
      this.#published = intended.map((file) => file.path);
      await publishChecked(folder.root, checked, intended);
      return this.#commit();
    }
    throw keptChanging(this.#job);
  }

  /** The files to compare with; waits while another job is between its intent and its commit. */
  async #liveOfBlocks(): Promise<ParquetFile[]> {
    const { log, clock, limits } = this.#context;
    const { ticker, endpoint } = expectationOf(this.#job);
    const deadline_ms = clock.now_ms() + limits.lock_wait_ms;
    for (let waited = 1; ; waited++) {
      const files = await log.filesOfBlocks(ticker, endpoint.name, this.#current().sessionDates);
      const other = files.find((file) => file.state === 'publishing' || file.superseded_by !== null);
      if (other === undefined) return files;
      if (clock.now_ms() > deadline_ms) {
        throw new GexlakeError(
          'LOCK_BUSY',
          `job ${other.job_id} is publishing into the same block and does not finish`,
          {
            hint: `Look at it with \`gexlake jobs show ${other.job_id}\`; if it has failed, retry it first, then this job.`,
          },
        );
      }
      await clock.sleep(100);
      // It may have been killed since this importer has started.
      if (waited % 10 === 0) await recoverAbandoned(this.#context);
    }
  }

  /** Loads again without the seconds that are live already, so that only new rows are published. */
  async #reload(engine: Database, comparison: Extract<Comparison, { kind: 'extends' }>): Promise<CheckedFiles> {
    this.#loaded = await this.#load(comparison.known, 'extension');
    return checkLoaded(engine, this.#job.id, this.#loaded, expectationOf(this.#job));
  }

  async #load(alreadyLive: ReadonlySet<number>, subfolder = 'load'): Promise<LoadedSource> {
    const { clock, signal, engine } = this.#context;
    const source = this.#obtained();
    const folder = join(this.#workFolder, subfolder);
    // What an earlier round of comparing has loaded.
    await remove('clean:remove', folder);
    await makeFolder('load:folder', folder);
    return loadSource({
      path: source.path,
      name: source.name,
      checksum: source.checksum,
      expected: expectationOf(this.#job),
      folder,
      now_ms: clock.now_ms(),
      threads: engine.threads,
      alreadyLive,
      signal,
      onProgress: (bytes, records) => this.#progress('load', bytes, records),
    });
  }

  async #commit(notes: readonly JobNote[] = []): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const { counts, strikeRows, notices } = this.#current();
    const finished = await this.#finished();
    const result = this.#result({
      status: 'completed',
      counts,
      strike_rows: strikeRows,
      staged_path: finished.stagedPath,
      parquet_files: this.#published,
    });
    this.#committing = result;
    await log.complete(this.#job, holder, finished, [...notices, ...notes], this.#published.length);
    return result;
  }

  async #skip(equal: string): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const { counts } = this.#current();
    const duplicate = counts.records_duplicate + counts.records_processed;
    const known: Counts = { ...counts, records_processed: 0, records_duplicate: duplicate };
    const finished = { ...(await this.#finished()), counts: known };
    // Before the log says so: a crash in between leaves a job that starts anew, not a copy that nobody owns.
    await this.#obtained().unstage();
    await log.skip(this.#job, holder, finished, equal);
    return this.#result({ status: 'skipped', skipped_as: equal, counts: known });
  }

  async #keepStaged(engine: Database, checked: CheckedFiles): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const table = await keepForInspection(engine, this.#job.id, checked);
    const { counts, strikeRows, quarantinePath, notices } = this.#current();
    await keepQuarantine(this.#context, this.#job.id, quarantinePath);
    const finished = await this.#finished();
    await log.stage(this.#job, holder, finished, notices, table);
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

  #result(outcome: Parameters<typeof toResult>[1]): ImportResult {
    return toResult(this.#job, { session_dates: this.#loaded?.sessionDates, ...outcome });
  }
}
