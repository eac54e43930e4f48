import type { Clock } from '../core/clock.ts';
import type { DataFolder } from '../core/data-folder.ts';
import type { OnProgress } from '../core/job.ts';
import type { Limits } from '../core/limits.ts';
import type { DatabaseOptions } from '../db/db.ts';
import type { Holder, JobLog } from '../joblog/joblog.ts';
import type { SourcePolicy } from '../source/source.ts';
import type { FileStore } from '../store/store.ts';
import type { Vendor } from '../vendor/vendor.ts';
import type { Heartbeats } from './liveness.ts';

/** Whether jobs have ended since the views of `gex_data.db` were made. */
export type Views = { areOld: boolean };

/** What every import of one process shares. */
export type PipelineContext = {
  readonly folder: DataFolder;
  readonly store: FileStore;
  readonly log: JobLog;
  readonly holder: Holder;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly policy: SourcePolicy;
  readonly vendor: Vendor;
  readonly engine: DatabaseOptions;
  readonly views: Views;
  readonly heartbeats: Heartbeats;
  readonly onProgress: OnProgress;
  /** Hears what a person should know although no import failed by it. */
  readonly onWarning: (message: string) => void;
  /** Aborted when the running import must end at once. */
  readonly signal: AbortSignal;
};
