import type { JobKind, JobStatus } from '../core/job.ts';
import type { FoundParquet, FoundSource } from './found.ts';
import type { DerivedRewrite } from './rewrites.ts';

/** A job as it can be made out from what it has left. */
export type DerivedJob = {
  /** Null where nothing has kept it: it gets a new one. */
  readonly id: string | null;
  readonly kind: JobKind;
  /** `cancelled` where nothing but its quarantine is left: nobody can run it again. */
  readonly status: Extract<JobStatus, 'completed' | 'failed' | 'cancelled'>;
  /** What it read: a source's SHA-256; null for a rewrite. */
  readonly checksum: string | null;
  /** The files that it made, live and superseded. */
  readonly files: readonly FoundParquet[];
  readonly staged: FoundSource | null;
  readonly archived: FoundSource | null;
  readonly records_quarantined: number;
  /** For a rewrite, what it was about. */
  readonly rewrite: DerivedRewrite | null;
  /** For a correction the job whose files it has replaced, for a withdrawal the one whose files it has taken away. */
  about: DerivedJob | null;
};
