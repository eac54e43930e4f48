import { join } from 'node:path';
import { toGexlakeError, type GexlakeError } from '../core/errors.ts';
import { noCounts, type Counts, type ImportResult, type Job, type ParquetFile } from '../core/job.ts';
import type { EqualImport, JobNote } from '../joblog/joblog.ts';
import type { LoadedSource, Notice } from '../core/journey.ts';
import { contradictionsOf } from '../core/names.ts';
import type { Database } from '../db/db.ts';
import { heldColumns, type OldSource } from '../legacy/legacy.ts';
import { loadSource } from '../load/load.ts';
import { makePrivateFolder } from '../platform/folders.ts';
import { remove } from '../platform/work-files.ts';
import {
  applySwap,
  checkLoaded,
  compareChecked,
  publishChecked,
  type CheckedFiles,
  type Comparison,
} from '../publish/publish.ts';
import { attemptFolder, closeAttemptFolder, emptyAttemptFolder, openAttemptFolder } from './attempt-folder.ts';
import type { PipelineContext } from './context.ts';
import { keepStagingTable, withCheckEngine } from './engine.ts';
import { checkSessions, countAllChanges, planCorrection } from './correction.ts';
import { conflictError, expectationOf, keptChanging, withSource } from './explain.ts';
import { beatWhile } from './heartbeat.ts';
import { holdsSecret } from './leaked.ts';
import { obtainSource, type ObtainedSource } from './obtain.ts';
import { checkMigrated, notesOf, obtainOld, type OldRecords } from './migration.ts';
import { discardQuarantine, keepQuarantine } from './quarantine.ts';
import { toResult } from './results.ts';
import type { RewritePlan } from './rewrite-plan.ts';
import { settledFiles } from './settled.ts';
import { failAttempt, undoEarlierAttempt } from './undo.ts';

/** Rounds of comparing and intending before a job gives up on a block that others keep changing. */
const compareRounds = 20;

/** Notices that are told at once, too: fields that have changed their type, or cannot be kept as they came. */
const loud: ReadonlySet<Notice['event']> = new Set([
  'contradiction',
  'wrong_types',
  'numbers_in_text',
  'repeated_fields',
  'half_characters',
]);

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

function skippedAs(job: Job, { jobId, warning }: EqualImport): ImportResult {
  const warnings = warning === null ? [] : [warning];
  return toResult(job, { status: 'skipped', skipped_as: jobId, warnings });
}

class Attempt {
  readonly #context: PipelineContext;
  readonly #job: Job;
  /** The attempt's licence, too: see attempt-folder.ts. */
  readonly #workFolder: string;
  #source: ObtainedSource | OldRecords | null = null;
  #loaded: LoadedSource | null = null;
  /** Whether anything may have become visible: from the moment that an intent is written down. */
  #mayBeVisible = false;
  #published: readonly string[] = [];
  /** The result that holds once the log says so: that can happen although saying it fails. */
  #ending: ImportResult | null = null;

  constructor(context: PipelineContext, job: Job) {
    this.#context = context;
    this.#job = job;
    this.#workFolder = attemptFolder(context.folder, job);
  }

  async run(): Promise<ImportResult> {
    await openAttemptFolder(this.#context.folder, this.#job);
    // Until an earlier attempt's intent has been undone it counts as this one's: should that fail, it stands on.
    await undoEarlierAttempt(this.#context, this.#job, this.#workFolder, (stands) => (this.#mayBeVisible = stands));
    const expected = expectationOf(this.#job);
    const obtain = this.#job.kind === 'migration' ? obtainOld : obtainSource;
    const source = await obtain(this.#context, this.#job, this.#workFolder);
    if (source.kind === 'equal') return skippedAs(this.#job, source);
    this.#source = source;
    this.#loaded = await this.#load(new Set());
    this.#warnOf(source.name, this.#loaded.notices);
    await source.staged;
    return withCheckEngine(this.#context, this.#job, async (engine) => {
      this.#progress('check');
      const checked = await checkLoaded(engine, this.#current(), expected);
      if (this.#job.kind === 'correction') return this.#correct(engine, checked);
      return this.#job.publish ? this.#publish(engine, checked) : this.#keepStaged(checked);
    });
  }

  /** Says what a person should know of the source although it can be imported. */
  #warnOf(name: string, notices: readonly Notice[]): void {
    for (const { event, detail } of notices) if (loud.has(event)) this.#context.onWarning(`${name}: ${detail}`);
  }

  /** Ends the attempt in the log; what it has linked and not committed is taken back before the log forgets about it. */
  async fail(error: GexlakeError): Promise<ImportResult> {
    const keepsSource = error.code === 'JOB_TAKEN_OVER' || !(await this.#discardLeaked());
    const staged_path = keepsSource ? ((await this.#source?.staged.catch(() => null)) ?? null) : null;
    // Before the log is written: on a full disk this is what makes room for saying so.
    await emptyAttemptFolder(this.#workFolder).catch(() => undefined);
    const report = { code: error.code, message: withSource(error.message, this.#job), hint: error.hint };
    const left = {
      stagedPath: staged_path,
      keepsSource,
      mayBeVisible: this.#mayBeVisible,
      workFolder: this.#workFolder,
    };
    const ended = await failAttempt(this.#context, this.#job, report, left);
    if (ended === null) return this.#result({ status: 'failed', error: report, staged_path });
    return this.#ending?.status === ended.status ? this.#ending : ended;
  }

  /** Removes the staged copy of what is no data but holds a secret, such as the answer with a signed URL; true where it did. */
  async #discardLeaked(): Promise<boolean> {
    const source = this.#source;
    if (source === null || this.#loaded !== null || 'old' in source) return false;
    if (!(await holdsSecret(source.path))) return false;
    return source.unstage().then(
      () => true,
      () => false,
    );
  }

  async clean(): Promise<void> {
    await closeAttemptFolder(this.#context.folder, this.#job, this.#workFolder).catch(() => undefined);
  }

  /** Replaces the blocks of the job that this one corrects (docs/DATA_STRUCTURE_AND_GOVERNANCE.md); plans again where another job has changed them. */
  async #correct(engine: Database, checked: CheckedFiles): Promise<ImportResult> {
    const { folder } = this.#context;
    const original = await this.#context.log.jobs.story(this.#job.corrects_job_id ?? '');
    checkSessions(this.#job, original, this.#current().sessionDates);
    for (let round = 0; round < compareRounds; round++) {
      const live = await this.#liveOfBlocks();
      const correction = { job: this.#job, sessionDates: this.#current().sessionDates, live, found: checked.files };
      const changes = await countAllChanges(engine, folder.root, correction);
      if (changes.total === 0) return this.#skip(live[0]?.job_id ?? original.id);
      const plan = await planCorrection(engine, folder.root, join(this.#workFolder, 'correction'), correction);
      if (await this.#replace(plan, changes.text)) return this.#commit();
    }
    throw keptChanging(this.#job);
  }

  /** Intends and does a planned replacement; false where the plan no longer fits what is live. */
  async #replace(plan: RewritePlan, changes: string): Promise<boolean> {
    const { log, holder, store } = this.#context;
    this.#progress('publish');
    this.#mayBeVisible = true;
    const { counts, notices, quarantinePath } = this.#current();
    const kept = await keepQuarantine(this.#context.store, this.#job.id, quarantinePath, this.#workFolder);
    const notes = [...notices, ...kept, { event: 'changes', detail: changes }];
    const replacement = { placed: plan.placed, retired: plan.swap.retirements, counts, notes };
    if (!(await log.attempts.intendSwap(this.#job, holder, replacement))) return false;
    this.#published = plan.placed.map(({ path }) => path);
    await applySwap(store, plan.swap, this.#workFolder);
    return true;
  }

  /** Compares, intends, links and commits; compares again where another job has changed the blocks in between. */
  async #publish(engine: Database, first: CheckedFiles): Promise<ImportResult> {
    let checked = first;
    const { log, holder, folder, store } = this.#context;
    const expected = expectationOf(this.#job);
    for (let round = 0; round < compareRounds; round++) {
      const live = await this.#liveOfBlocks();
      const only = this.#old === null ? null : heldColumns(this.#old);
      const comparison = await compareChecked(engine, checked, expected, {
        live,
        store,
        dataFolder: folder.root,
        only,
      });
      if (comparison.kind === 'conflict') throw conflictError(comparison.conflict, this.#job);
      if (comparison.kind === 'extends') {
        checked = await this.#reload(engine, comparison);
        continue;
      }
      const migrated = await this.#checkMigrated(engine, comparison.kind === 'known' ? null : checked, live);
      if (comparison.kind === 'known') return this.#skip(comparison.jobId);
      this.#progress('publish');
      this.#mayBeVisible = true;
      const { counts, quarantinePath } = this.#current();
      const kept = await keepQuarantine(this.#context.store, this.#job.id, quarantinePath, this.#workFolder);
      const notes = [...this.#notices(), ...kept, ...migrated];
      const intended = await log.attempts.intend(this.#job, holder, {
        files: checked.files,
        compared: live,
        counts,
        notes,
      });
      if (intended === null) {
        const elsewhere = await this.#publishedElsewhere();
        if (elsewhere !== null) return this.#skip(elsewhere.jobId, elsewhere.warning);
        continue;
      }
      this.#published = intended.map((file) => file.path);
      await publishChecked({ store, workFolder: this.#workFolder, checked, intended });
      return this.#commit();
    }
    throw keptChanging(this.#job);
  }

  /** The source of a migration; null for what is imported from JSON. */
  get #old(): OldSource | null {
    return this.#source !== null && 'old' in this.#source ? this.#source.old : null;
  }

  /** What the source's name says otherwise than the job: options count more than names. */
  #contradictions(): Notice[] {
    if (this.#job.kind === 'migration') return [];
    const found = contradictionsOf(this.#job.url, expectationOf(this.#job));
    return found.map((detail) => ({ event: 'contradiction', detail }));
  }

  /** How the records lie that a migration wrote for itself is nothing to tell. */
  #notices(): readonly Notice[] {
    const { notices } = this.#current();
    return this.#old === null ? notices : notices.filter(({ event }) => event !== 'layout');
  }

  /** Finds every row of a migration's source again, in new files and live ones, and gives what the log keeps about it. */
  async #checkMigrated(
    engine: Database,
    checked: CheckedFiles | null,
    live: readonly ParquetFile[],
  ): Promise<JobNote[]> {
    const old = this.#old;
    if (old === null) return [];
    await checkMigrated(this.#context, engine, old, checked?.files ?? [], live, this.#current().quarantinePath);
    return notesOf(old);
  }

  /** The files to compare with; waits while another job is between its intent and its commit. */
  async #liveOfBlocks(): Promise<readonly ParquetFile[]> {
    const { log } = this.#context;
    const { ticker, endpoint } = expectationOf(this.#job);
    const blocks = { ticker, endpoint: endpoint.name, sessionDates: this.#current().sessionDates };
    return settledFiles(this.#context, () => log.files.ofBlocks(blocks));
  }

  /** Whether another job has published the same bytes as another ticker or endpoint; waits for one that is about to. */
  async #publishedElsewhere(): Promise<EqualImport | null> {
    const { log } = this.#context;
    const { checksum } = this.#obtained();
    await settledFiles(this.#context, () => log.attempts.announcedElsewhere(this.#job, checksum));
    return log.attempts.equalElsewhere(this.#job, checksum);
  }

  /** Loads again without the seconds that are live already, so that only new rows are published. */
  async #reload(engine: Database, comparison: Extract<Comparison, { kind: 'extends' }>): Promise<CheckedFiles> {
    this.#loaded = await this.#load(comparison.known, 'extension');
    return checkLoaded(engine, this.#loaded, expectationOf(this.#job));
  }

  async #load(alreadyLive: ReadonlySet<number>, subfolder = 'load'): Promise<LoadedSource> {
    const { clock, signal, engine } = this.#context;
    const source = this.#obtained();
    const folder = join(this.#workFolder, subfolder);
    // What an earlier round of comparing has loaded.
    await remove('clean:remove', folder);
    await makePrivateFolder('load:folder', folder);
    const loaded = await loadSource({
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
    return { ...loaded, notices: [...this.#contradictions(), ...loaded.notices] };
  }

  async #commit(): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const { counts, strikeRows } = this.#current();
    const finished = await this.#finished();
    this.#ending = this.#result({
      status: 'completed',
      counts,
      strike_rows: strikeRows,
      staged_path: finished.stagedPath,
      parquet_files: this.#published,
    });
    await log.attempts.complete(this.#job, holder, { finished, intended: this.#published.length });
    this.#context.views.areOld = true;
    return this.#ending;
  }

  async #skip(equal: string, warning: string | null = null): Promise<ImportResult> {
    const { log, holder, store } = this.#context;
    const { counts } = this.#current();
    const duplicate = counts.records_duplicate + counts.records_processed;
    // What is live elsewhere was not compared: as where that is seen before the source is read.
    const known: Counts =
      warning === null ? { ...counts, records_processed: 0, records_duplicate: duplicate } : noCounts;
    const finished = { ...(await this.#finished()), counts: known };
    // Before the log says so: a crash in between leaves a job that starts anew, not a copy that nobody owns.
    await this.#obtained().unstage();
    if (this.#mayBeVisible) await discardQuarantine(store, this.#job.id, this.#workFolder);
    const warnings = warning === null ? [] : [warning];
    this.#ending = this.#result({ status: 'skipped', skipped_as: equal, counts: known, warnings });
    const detail = warning === null ? undefined : `same bytes as job ${equal}`;
    await log.attempts.skip(this.#job, holder, { finished, skipped: { equal, detail, warning } });
    return this.#ending;
  }

  async #keepStaged(checked: CheckedFiles): Promise<ImportResult> {
    const { log, holder } = this.#context;
    const table = await keepStagingTable(this.#context, this.#job, checked);
    const { counts, strikeRows, quarantinePath, notices } = this.#current();
    this.#mayBeVisible = true;
    const kept = await keepQuarantine(this.#context.store, this.#job.id, quarantinePath, this.#workFolder);
    const finished = await this.#finished();
    this.#ending = this.#result({
      status: 'staged',
      counts,
      strike_rows: strikeRows,
      staged_path: finished.stagedPath,
      staging_table: table,
    });
    await log.attempts.stage(this.#job, holder, { finished, notes: [...notices, ...kept], stagingTable: table });
    this.#context.views.areOld = true;
    return this.#ending;
  }

  async #finished(): Promise<{ counts: Counts; sessionDates: readonly string[]; stagedPath: string | null }> {
    const { counts, sessionDates } = this.#current();
    return { counts, sessionDates, stagedPath: await this.#obtained().staged };
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
