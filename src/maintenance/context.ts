import type { Clock } from '../core/clock.ts';
import type { DataFolder } from '../core/data-folder.ts';
import type { Limits } from '../core/limits.ts';
import type { DatabaseOptions } from '../db/db.ts';
import type { JobLog } from '../joblog/joblog.ts';
import type { FileStore } from '../store/store.ts';

/** What every command that governs works with. */
export type GovernContext = {
  readonly folder: DataFolder;
  readonly store: FileStore;
  readonly log: JobLog;
  readonly clock: Clock;
  readonly limits: Limits;
  /** How to open an engine; threads and memory as the settings say. */
  readonly engine: DatabaseOptions;
  readonly actor: string;
  /** Days that staged JSON stays in `source/`, and that raw JSON is kept at all (0: for ever). */
  readonly staged_days: number;
  readonly raw_days: number;
  /** The rights of the databases and of their copies. */
  readonly log_mode: number;
  /** Hears how far long work is: a few words, how much is done, of how much. */
  readonly onProgress: (what: string, done: number, total: number) => void;
};
