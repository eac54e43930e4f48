/*
 * What a rewrite is about stands in its job's `url`: `compact:<folder>`, `restore:<path>` or `repair:<path>`, relative to the
 * data folder, or `withdraw:<job id>`. A rewrite that somebody has asked for by its plan has the plan's id behind it:
 * `compact:<folder>#<plan id>`.
 */

const compactPrefix = 'compact:';
const restorePrefix = 'restore:';
const repairPrefix = 'repair:';
const withdrawPrefix = 'withdraw:';

/** The folder to compact; `planId` is the one plan that may be done, or null for what the plan is then. */
export type CompactTarget = { readonly folder: string; readonly planId: string | null };

/** The job whose rows are to go, and like above the one plan that may be done. */
export type WithdrawTarget = { readonly jobId: string; readonly planId: string | null };

export function compactUrl({ folder, planId }: CompactTarget): string {
  return withPlan(compactPrefix + folder, planId);
}

export function withdrawUrl({ jobId, planId }: WithdrawTarget): string {
  return withPlan(withdrawPrefix + jobId, planId);
}

export function restoreUrl(path: string): string {
  return restorePrefix + path;
}

export function repairUrl(path: string): string {
  return repairPrefix + path;
}

export function compactTarget(url: string): CompactTarget | null {
  if (!url.startsWith(compactPrefix)) return null;
  const [folder = '', planId = null] = url.slice(compactPrefix.length).split('#');
  return { folder, planId };
}

export function withdrawTarget(url: string): WithdrawTarget | null {
  if (!url.startsWith(withdrawPrefix)) return null;
  const [jobId = '', planId = null] = url.slice(withdrawPrefix.length).split('#');
  return { jobId, planId };
}

export function restoreTarget(url: string): string {
  return url.slice(restorePrefix.length);
}

export function repairTarget(url: string): string | null {
  return url.startsWith(repairPrefix) ? url.slice(repairPrefix.length) : null;
}

/** The path that a rewrite of files is about, whichever it is. */
export function pathOfRewrite(url: string): string {
  return repairTarget(url) ?? compactTarget(url)?.folder ?? restoreTarget(url);
}

/** SQL over a column with the `url` of a rewrite: whether it leaves every row live that was. */
export function keepsRowsSql(column: string): string {
  return `(starts_with(${column}, '${compactPrefix}') OR starts_with(${column}, '${repairPrefix}'))`;
}

/** SQL over the same: whether it is the merging of files, the putting back of one as it was, the taking away of a job's. */
export function isCompactionSql(column: string): string {
  return `starts_with(${column}, '${compactPrefix}')`;
}

export function isReparationSql(column: string): string {
  return `starts_with(${column}, '${repairPrefix}')`;
}

export function isWithdrawalSql(column: string): string {
  return `starts_with(${column}, '${withdrawPrefix}')`;
}

function withPlan(url: string, planId: string | null): string {
  return `${url}${planId === null ? '' : `#${planId}`}`;
}
