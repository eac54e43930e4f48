import { join } from 'node:path';
import { formatRetiredPath, type Retired } from '../../core/canonical-path.ts';
import type { Job, ParquetFile } from '../../core/job.ts';
import type { PrivateFile } from '../../core/journey.ts';
import type { StoredPath } from '../../core/stored-path.ts';
import type { Purging, Replacement } from '../../joblog/joblog.ts';
import type { CheckedFile, Retirement, Swap } from '../../publish/publish.ts';
import type { PipelineContext } from '../context.ts';

/** A file of the plan and where it goes. */
export type PlacedFile = { readonly file: CheckedFile; readonly path: StoredPath };

/** New files with their paths, and what under `parquet/` changes for them. */
export type RewritePlan = {
  readonly placed: readonly PlacedFile[];
  readonly swap: Swap;
  readonly planned: Replacement['planned'];
  /** Whose rows it is about. */
  readonly sessionDates: readonly string[];
  /** What goes for good with the commit. */
  readonly purged?: readonly Purging[];
};

/** The job that is planned for, and a private folder for what the plan prepares. */
export type Planning = { readonly context: PipelineContext; readonly job: Job; readonly planFolder: string };

/** A plan, or null where there is nothing to do, with the words for the log. */
export type PlannedRewrite = { readonly plan: RewritePlan | null; readonly note: string };

/** A plan of a job that puts `placed` in place and sends `retired` to the archive; a path in both is replaced in one rename. */
export function rewritePlan(
  job: Job,
  { placed, retired, planned }: Pick<RewritePlan, 'placed' | 'planned'> & { readonly retired: readonly ParquetFile[] },
): RewritePlan {
  const placements = placed.map(({ file, path }) => ({
    path,
    checksum: file.checksum,
    local: file,
    replaces: retired.find((old) => old.path === path)?.checksum ?? null,
  }));
  const swap = {
    placements,
    retirements: retired.map((file) => retirementOf(file, { why: 'superseded', by: job.id })),
  };
  return { placed, swap, planned, sessionDates: sessionsOf(placed.map(({ file }) => file.sessionDates)) };
}

/** A plan that sends files to the archive and puts nothing in their place. */
export function withdrawalPlan(job: Job, withdrawn: readonly ParquetFile[]): RewritePlan {
  const retirements = withdrawn.map((file) => retirementOf(file, { why: 'withdrawn', by: job.id }));
  const sessionDates = sessionsOf(withdrawn.map((file) => file.session_dates));
  return { placed: [], swap: { placements: [], retirements }, planned: null, sessionDates };
}

/** A plan that takes files away for good; those that keep other rows are replaced by what is left of them. */
export function purgePlan(
  job: Job,
  {
    placed,
    planned,
    retired,
    ...rest
  }: Omit<RewritePlan, 'swap'> & {
    readonly retired: readonly ParquetFile[];
  },
): RewritePlan {
  const { swap } = rewritePlan(job, { placed, retired, planned: null });
  const retirements = retired.map((file) => retirementOf(file, { why: 'purged', by: job.id }));
  return { placed, swap: { ...swap, retirements }, planned, ...rest };
}

function retirementOf(file: ParquetFile, retired: Retired): Retirement {
  const { path, checksum } = file;
  return { path, checksum, archivePath: formatRetiredPath(path, retired) };
}

function sessionsOf(dates: readonly (readonly string[])[]): string[] {
  return [...new Set(dates.flat())].sort();
}

/** A private file for a rewritten dataset of a folder. */
export function privatePath(folder: string, job: Job, at: number): string {
  return join(folder, `${at}_${job.id}.parquet`);
}

/** What the log knows of a file, for one with the same bytes that is to be published again. */
export function toPrivateFile(old: ParquetFile, path: string): PrivateFile {
  return {
    path,
    dataset: old.dataset,
    month: '',
    sessionDates: old.session_dates,
    rows: old.row_count,
    size_bytes: old.size_bytes,
    checksum: old.checksum,
    contract: old.contract_version,
    writer: old.writer,
    contentHash: old.content_hash,
    first_timestamp_s: Date.parse(old.first_timestamp) / 1000,
    last_timestamp_s: Date.parse(old.last_timestamp) / 1000,
    sums: {},
  };
}
