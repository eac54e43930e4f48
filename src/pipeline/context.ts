import type { Clock } from '../core/clock.ts';
import type { DataFolder } from '../core/data-folder.ts';
import type { OnProgress } from '../core/job.ts';
import type { Limits } from '../core/limits.ts';
import type { DatabaseOptions } from '../db/db.ts';
import type { Holder, JobLog } from '../joblog/joblog.ts';
import type { SourcePolicy } from '../source/source.ts';
import type { Heartbeats } from './liveness.ts';

/** From when on the views of `gex_data.db` may be renewed again, and whether a job has ended since they were. */
export type Renewal = { notBefore_ms: number; waits: boolean };

/** What every import of one process shares. */
export type PipelineContext = {
  readonly folder: DataFolder;
  readonly log: JobLog;
  readonly holder: Holder;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly policy: SourcePolicy;
  readonly engine: DatabaseOptions;
  /** Whether each job gets an engine file of its own, because other importers of the same run work beside this one. */
  readonly ownEngine: boolean;
  readonly renewal: Renewal;
  readonly heartbeats: Heartbeats;
  readonly onProgress: OnProgress;
  /** Hears what a person should know although no import failed by it. */
  readonly onWarning: (message: string) => void;
  /** Aborted when the running import must end at once. */
  readonly signal: AbortSignal;
};
