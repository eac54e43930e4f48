/*
 * What a job is about that changes what is published, or brings a file of an old layout: a value of its row. Paths are relative to the
 * data folder, but for that of a migration, which is absolute. `plan_id` is the one plan that may be done, by whoever has asked for it by
 * its plan; null for what the plan is then.
 */

export type CompactionTarget = {
  readonly kind: 'compaction';
  readonly folder: string;
  readonly plan_id: string | null;
  /** The version of the contract that the folder is raised to; where it is missing, the newest of its files. */
  readonly contract?: string;
};
export type WithdrawalTarget = {
  readonly kind: 'withdrawal';
  readonly job_id: string;
  readonly plan_id: string | null;
};
/** What is to go for good: what a job has brought, or all of some sessions of a block. */
export type PurgeTarget = {
  readonly kind: 'purge';
  readonly ticker: string;
  readonly endpoint: string;
  /** The job whose rows and source go; or else the sessions, by their first and last day. */
  readonly job_id?: string;
  readonly from?: string;
  readonly to?: string;
  /** What becomes of pins that hold some of it: they stop the purge, or go with it. */
  readonly pins: 'stop' | 'remove';
  readonly plan_id: string | null;
};
/** An import of bytes that were purged: somebody wants them again. */
export type ReadmissionTarget = { readonly kind: 'readmission' };
export type RestorationTarget = { readonly kind: 'restoration'; readonly path: string };
export type ReparationTarget = { readonly kind: 'reparation'; readonly path: string };
export type MigrationTarget = { readonly kind: 'migration'; readonly path: string };

export type RewriteTarget = CompactionTarget | WithdrawalTarget | RestorationTarget | ReparationTarget | PurgeTarget;
export type JobTarget = RewriteTarget | MigrationTarget | ReadmissionTarget;

const words: Readonly<Record<JobTarget['kind'], string>> = {
  compaction: 'compact',
  withdrawal: 'withdraw',
  restoration: 'restore',
  reparation: 'repair',
  migration: 'migrate',
  purge: 'purge',
  readmission: 'again',
};

export const targetKinds = [
  'compaction',
  'withdrawal',
  'restoration',
  'reparation',
  'migration',
  'purge',
  'readmission',
] as const satisfies readonly JobTarget['kind'][];

/** What stands in a job's `url` where it has no source: its target, for people. Nothing reads it. */
export function describeTarget(target: JobTarget): string {
  const plan = 'plan_id' in target && target.plan_id !== null ? `#${target.plan_id}` : '';
  return `${words[target.kind]}:${subjectOf(target)}${plan}`;
}

function subjectOf(target: JobTarget): string {
  switch (target.kind) {
    case 'compaction':
      return `${target.folder}${target.contract ? `@${target.contract}` : ''}`;
    case 'withdrawal':
      return target.job_id;
    case 'purge':
      return target.job_id ?? `${target.ticker}/${target.endpoint}/${target.from ?? ''}..${target.to ?? ''}`;
    case 'readmission':
      return '';
    default:
      return target.path;
  }
}
