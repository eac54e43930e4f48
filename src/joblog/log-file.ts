import { GexlakeError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { isMigrated, migrate, withDatabase, type Database, type DatabaseOptions } from '../db/db.ts';
import { reach } from '../platform/steps.ts';
import { requireKnownLayout } from './data-layout.ts';
import { hasEvent, insertEvent } from './file-statements.ts';
import { jobById, jobIdsStartingWith } from './job-statements.ts';
import { migrations } from './migrations.ts';

/** Who acts: the owner string of a process and the name that events carry. */
export type Holder = { readonly owner: string; readonly actor: string };

/** The file of the log, opened for one short transaction at a time and closed again, so that others can work in between. */
export class LogFile {
  readonly path: string;
  readonly options: DatabaseOptions;
  #migrated = false;

  constructor(path: string, options: DatabaseOptions) {
    this.path = path;
    this.options = { ...options, threads: 1, opensOften: true };
  }

  /** Runs `act` read-only, which needs no right to write, and goes together with other readers. */
  async read<T>(act: (database: Database) => Promise<T>): Promise<T> {
    const done = await withDatabase(this.path, { ...this.options, readOnly: true }, async (database) => {
      if (!this.#migrated) this.#migrated = await isReady(database);
      return this.#migrated ? { result: await database.transaction(() => act(database)) } : null;
    });
    return done === null ? this.transact(act) : done.result;
  }

  /** Runs `act` read-only on whatever layout up to the newest the log has, and never brings it to another one. */
  async readAsIs<T>(act: (database: Database) => Promise<T>): Promise<T> {
    return withDatabase(this.path, { ...this.options, readOnly: true }, async (database) => {
      // Only to refuse a layout that is newer than this version.
      await isMigrated(database, migrations);
      await requireKnownLayout(database);
      return database.transaction(() => act(database));
    });
  }

  async transact<T>(act: (database: Database, now: string) => Promise<T>): Promise<T> {
    return withDatabase(this.path, this.options, async (database) => {
      const now = new Date(this.options.clock.now_ms()).toISOString();
      if (!this.#migrated) {
        await migrate(database, migrations, now);
        await requireKnownLayout(database);
      }
      this.#migrated = true;
      const result = await database.transaction(async () => {
        const outcome = await act(database, now);
        // A crash right here leaves the log as it was.
        await reach('log:commit');
        return outcome;
      });
      await reach('log:committed');
      return result;
    });
  }
}

/** Whether a log has the newest form, in a data folder whose layout is known. */
async function isReady(database: Database): Promise<boolean> {
  if (!(await isMigrated(database, migrations))) return false;
  await requireKnownLayout(database);
  return true;
}

/** A job by its id, or by a beginning of it that no other job shares. @throws JOB_NOT_FOUND */
export async function findJob(database: Database, id: string): Promise<Job> {
  const exact = await jobById(database, id);
  if (exact !== null) return exact;
  // Tables end a beginning with …
  const start = id.replace(/…$/, '');
  const ids = /^[0-9a-f]{4,31}$/.test(start) ? await jobIdsStartingWith(database, start) : [];
  const only = ids.length === 1 && ids[0] !== undefined ? await jobById(database, ids[0]) : null;
  if (only !== null) return only;
  const problem = ids.length > 1 ? `more than one job id starts with ${id}` : `no job has the id ${id}`;
  throw new GexlakeError('JOB_NOT_FOUND', problem, { hint: '`gexlake jobs` lists the jobs with their ids.' });
}

/** Makes sure that a change has met the one job it was meant for. @throws JOB_TAKEN_OVER */
export function own(job: Job, changedRows: number): void {
  if (changedRows !== 1) throw takenOver(job);
}

export function takenOver(job: Job): GexlakeError {
  return new GexlakeError('JOB_TAKEN_OVER', `job ${job.id} is no longer held by this process`, {
    details: { jobId: job.id },
    hint: 'Another process took it over. Nothing was published by this attempt.',
  });
}

export async function note(
  database: Database,
  job: Job,
  holder: Holder,
  event: string,
  detail: string | null,
  now: string,
): Promise<void> {
  await insertEvent(database, { job_id: job.id, occurred_at: now, actor: holder.actor, event, detail });
}

/** Notes what an earlier attempt may have noticed already: it stands in the job's story once. */
export async function noteOnce(
  database: Database,
  job: Job,
  holder: Holder,
  event: string,
  detail: string,
  now: string,
): Promise<void> {
  if (!(await hasEvent(database, job.id, event, detail))) await note(database, job, holder, event, detail, now);
}
