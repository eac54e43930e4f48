import { counted } from '../core/counted.ts';
import type { ArchivedSource } from '../core/job.ts';
import { archivedSourcePath } from '../core/kept-places.ts';
import { nameIn, type StoredPath } from '../core/stored-path.ts';
import type { PlannedAction } from '../core/plan.ts';
import type { KeptSource } from '../joblog/joblog.ts';

const day_ms = 86_400_000;

export type RetentionRules = {
  /** Whole days of 24 hours after staging. `raw_days` 0 keeps raw JSON for ever. */
  readonly staged_days: number;
  readonly raw_days: number;
  readonly now_ms: number;
};

/**
 * What retention does to one thing. `adopt`: note a source that is in the archive and, since the log was put back from a backup,
 * unknown there. `archive`: pack a staged source, compare, remove the original. `unstage`: remove the original of a
 * source that is in the archive already. `trash`: raw JSON leaves the archive.
 * `discard`: what came into the inbox and no job waits for goes to the trash. `empty trash`: a day of the trash goes for good.
 */
export type PruneAction = PlannedAction & {
  readonly action: 'adopt' | 'archive' | 'unstage' | 'trash' | 'discard' | 'empty trash';
  readonly job_id: string | null;
  /** For `archive`, where the source goes; for `adopt`, where it is. */
  readonly target: string | null;
};

/** A source that is old enough for something, by its age alone; whether it may be moved is looked at next. */
export type Due = {
  readonly source: KeptSource;
  readonly archived: ArchivedSource | null;
  readonly archive: boolean;
  readonly trash: boolean;
};

/**
 * Which sources are due, by the log's own times. An age is counted in hours that have passed, so neither the time zone of a process
 * nor a change of clocks makes a difference.
 */
export function findDue(
  sources: readonly KeptSource[],
  archived: readonly ArchivedSource[],
  { staged_days, raw_days, now_ms }: RetentionRules,
): Due[] {
  const byJob = new Map(archived.map((row) => [row.job_id, row]));
  const due: Due[] = [];
  for (const source of sources) {
    const row = byJob.get(source.job_id) ?? null;
    const age_ms = now_ms - Date.parse(source.staged_at);
    const archive = row === null && age_ms >= staged_days * day_ms;
    const mayGo = raw_days > 0 && row?.state !== 'removed';
    const trash = mayGo && (archive || row !== null) && age_ms >= raw_days * day_ms;
    if (archive || trash) due.push({ source, archived: row, archive, trash });
  }
  return due;
}

/**
 * The path in the archive that a source gets: the month of its session, or where it has several of its staging, and its own name. The
 * first to have a name keeps it; another gets a folder of its job's.
 */
export function archivePathOf(source: KeptSource, taken: ReadonlySet<string>): string {
  const [plain, own] = archivePathsOf(source);
  return taken.has(plain) ? own : plain;
}

/** The paths that a source can have in the archive, the plain one first. */
export function archivePathsOf(source: KeptSource): readonly [plain: StoredPath, own: StoredPath] {
  const [date, name] = [source.session_date ?? source.staged_at, nameIn(source.staged_path)];
  return [archivedSourcePath(date, name, null), archivedSourcePath(date, name, source.job_id)];
}

/** A source that goes to `target`, and why it is time. */
type Archived = { readonly bytes: number; readonly target: string; readonly why: string };

export function archiveAction(source: KeptSource, { bytes, target, why }: Archived): PruneAction {
  return {
    action: 'archive',
    path: source.staged_path,
    bytes,
    reversible: true,
    reason: `${why}: to ${target}`,
    job_id: source.job_id,
    target,
  };
}

export function adoptAction(source: KeptSource, path: string, bytes: number): PruneAction {
  const reason = `is the source of its job, staged as ${source.staged_path}, and the log does not know that`;
  return { action: 'adopt', path, bytes, reversible: true, reason, job_id: source.job_id, target: path };
}

export function unstageAction(row: ArchivedSource, bytes: number): PruneAction {
  const reason = `is in the archive as ${row.archive_path}`;
  return {
    action: 'unstage',
    path: row.staged_path,
    bytes,
    reversible: true,
    reason,
    job_id: row.job_id,
    target: null,
  };
}

/** A source that lies at `path` and is kept for `raw_days`. */
type Trashed = { readonly path: string; readonly bytes: number; readonly raw_days: number };

export function trashAction(source: KeptSource, { path, bytes, raw_days }: Trashed): PruneAction {
  const reason = `staged ${source.staged_at.slice(0, 10)}, raw JSON is kept ${raw_days} days`;
  return { action: 'trash', path, bytes, reversible: true, reason, job_id: source.job_id, target: null };
}

export function emptyAction(path: string, bytes: number, files: number): PruneAction {
  const reason = `${counted(files, 'file')}, in the trash for more than 7 days`;
  return { action: 'empty trash', path, bytes, reversible: false, reason, job_id: null, target: null };
}
