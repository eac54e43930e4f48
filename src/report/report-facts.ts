import type { Coverage } from '../core/coverage.ts';
import type { QualityReport } from '../core/quality-report.ts';
import type { Recheck } from '../core/job.ts';
import type { ProveReport } from '../prove/prove.ts';
import type { VerifyReport } from '../verify/verify.ts';

/** What a report says, as its `report.json` has it. Times are ISO 8601 in UTC, paths relative to the data folder; no secrets. */
export type Report = {
  readonly format: 'gexlake report 1';
  readonly gexlake: string;
  readonly made_at: string;
  readonly made_by: string;
  /** The sessions that it is about, New York days, and of what. */
  readonly from: string;
  readonly to: string;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly coverage: Coverage;
  readonly quality: QualityReport;
  /** What sources gave when they were looked at again, newest first. */
  readonly rechecks: readonly Recheck[];
  /** The live files with rows of these sessions. */
  readonly files: readonly ReportedFile[];
  /** Jobs that have changed what was published of these sessions, oldest first. */
  readonly changes: readonly ReportedChange[];
  readonly quarantine: readonly SetAside[];
  /** What `verify` finds in the whole data folder, without reading every byte. */
  readonly verification: Pick<VerifyReport, 'ok' | 'problems' | 'notes'>;
  /** What making the files again has shown; null where that was not asked for. */
  readonly proofs: ProveReport | null;
  readonly journal: ReportedJournal;
};

export type ReportedFile = {
  readonly path: string;
  readonly dataset: string;
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_dates: readonly string[];
  readonly rows: number;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly content_hash: string | null;
  readonly contract_version: string | null;
  readonly writer: string | null;
  readonly job_id: string;
  readonly committed_at: string | null;
  /** What its job got its rows from, and the SHA-256 of the unpacked bytes; null of a rewrite. */
  readonly source: { readonly url: string; readonly sha256: string | null } | null;
};

/** `kind`: `correction`, or what the job's target is: `compaction`, `withdrawal`, `restoration`, `reparation`, `purge`. */
export type ReportedChange = {
  readonly job_id: string;
  readonly kind: string;
  readonly at: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
  readonly corrects_job_id: string | null;
  readonly session_dates: readonly string[];
  readonly replaced: readonly string[];
  readonly published: readonly string[];
  /** What has changed in the rows, by data set; null of what changes none. */
  readonly difference: readonly RowChanges[] | null;
};

/** Rows that came, went, or stayed with other values; how many, and by column. `why_not`: in words, where that cannot be said. */
export type RowChanges = {
  readonly dataset: string;
  readonly added: number;
  readonly gone: number;
  readonly changed: number;
  readonly by_column: Readonly<Record<string, number>>;
  readonly why_not: string | null;
};

/** Records that an import has set aside, by reason. */
export type SetAside = {
  readonly job_id: string;
  readonly path: string;
  readonly ticker: string | null;
  readonly endpoint: string | null;
  readonly session_date: string | null;
  readonly records: number;
  readonly reasons: Readonly<Record<string, number>>;
};

/** How far the journal goes. `head` is the hash of its last entry, as the log's table `journal_position` has it. */
export type ReportedJournal = {
  readonly entries: number;
  readonly head: string;
  readonly began_at: string | null;
  /** The checkpoint as it was kept last, in the form of C2SP tlog-checkpoint; null where there is none. */
  readonly checkpoint: string | null;
};
