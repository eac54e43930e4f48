import type { JobTarget } from '../../core/job-target.ts';

/** SQL over a row of `import_jobs` under an alias: whether what it is about is of one of these kinds; false where it is about none. */
export function isAbout(alias: string, ...kinds: readonly JobTarget['kind'][]): string {
  const listed = kinds.map((kind) => `'${kind}'`).join(', ');
  return `coalesce((CAST(${alias}.target AS JSON)->>'kind') IN (${listed}), false)`;
}

/** Whether it leaves every row live that was. */
export function keepsRows(alias: string): string {
  return isAbout(alias, 'compaction', 'reparation');
}
