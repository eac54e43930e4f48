import type { Ask } from '../maintenance/maintenance.ts';
import {
  restartLog,
  showEntries,
  showEntry,
  verifyLog,
  type AskedEntries,
  type AskedLog,
  type LogReport,
  type RestartReport,
  type ShownEntry,
  type WholeEntry,
} from '../trust/trust.ts';
import type { AppContext, OnGoverned } from './context.ts';

/** What lets others trust the journal of the job log. */
export type AppTrust = {
  /** All of the journal, held against itself, the log, its checkpoint, and what was noted elsewhere; changes nothing. */
  readonly verifyLog: (asked: AskedLog, onProgress: OnGoverned) => Promise<LogReport>;
  readonly logEntries: (asked: AskedEntries) => Promise<readonly ShownEntry[]>;
  /** Null where there is none of that number. */
  readonly logEntry: (seq: number) => Promise<WholeEntry | null>;
  /** Begins a new journal, or only plans it. */
  readonly restartLog: (ask: Ask, reason: string, onProgress: OnGoverned) => Promise<RestartReport>;
};

export function trust({ governing, quietly, ours }: AppContext): AppTrust {
  return {
    verifyLog: (asked, onProgress) => verifyLog(governing(onProgress), asked),
    logEntries: (asked) => showEntries(quietly, asked),
    logEntry: (seq) => showEntry(quietly, seq),
    restartLog: async (ask, reason, onProgress) => {
      await ours();
      return restartLog(governing(onProgress), ask, reason);
    },
  };
}
