import type { ParquetFile } from '../core/job.ts';
import type { Measured, QualityRow } from '../core/quality-row.ts';

/** How good the sessions are. Rows that come with a job are the attempt's. */
export type QualityLog = {
  /** The rows that count: one for each session that was looked at since it last changed. */
  readonly counting: () => Promise<QualityRow[]>;
  /**
   * Writes down how good a session is that was looked at in its files, in place of the row that counted. False, and nothing is written,
   * where its files are others meanwhile.
   */
  readonly note: (
    block: { readonly ticker: string; readonly endpoint: string },
    looked: { readonly measured: Measured; readonly files: readonly ParquetFile[] },
  ) => Promise<boolean>;
};
