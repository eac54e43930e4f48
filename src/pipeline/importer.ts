import type { ErrorReport } from '../core/errors.ts';
import type { ImportResult, JobKind, Progress } from '../core/job.ts';
import type { RewriteTarget } from '../core/job-target.ts';
import type { Limits } from '../core/limits.ts';
import type { SourcePolicy } from '../source/source.ts';
import type { VendorSettings } from '../vendor/vendor.ts';

/*
 * What a gexlake process and its importer say to each other. The importer is a process of its own: DuckDB's memory limit is
 * no hard one, and an importer that dies takes nobody with it.
 */

/** One source that a user asked to import. Ticker, endpoint and date override what the file name says. */
export type ImportRequest = {
  /** An HTTPS URL, or an absolute path. */
  readonly source: string;
  readonly ticker?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly date?: string | undefined;
  readonly publish: boolean;
  /** Whether the bytes are wanted although they were purged. */
  readonly again?: boolean | undefined;
  /** What makes the request something else than an import of new data. */
  readonly change?: Change | undefined;
};

/** A correction of a job's blocks, or a rewrite of what is published; for a rewrite `source` is its target in words. */
export type Change =
  | { readonly kind: 'correction'; readonly correctsJobId: string; readonly reason: string }
  | { readonly kind: 'rewrite'; readonly reason: string; readonly target: RewriteTarget };

/** What the importer shall do: new sources in the foreground, or the jobs that wait in the log. */
export type ImporterWork =
  | { readonly kind: 'sources'; readonly requests: readonly ImportRequest[] }
  /** `only`: jobs of this kind; else of any. */
  | { readonly kind: 'pending'; readonly limit: number; readonly watch: boolean; readonly only?: JobKind };

export type ImporterSettings = {
  readonly dataDir: string;
  readonly policy: SourcePolicy;
  /** Where the vendor's API is, and its key: it goes over this channel, and stands on no command line. */
  readonly vendor: VendorSettings;
  readonly actor: string;
  readonly threads: number;
  readonly memory_mb: number;
  readonly limits: Limits;
  /** The rights of the databases. */
  readonly log_mode: number;
};

/**
 * When an importer has to ask again before it takes a job: after this long, if more jobs wait than are a mass import, of those that
 * have become pending since (null: ever).
 */
export type MassGate = { readonly since: string | null; readonly quiet_ms: number };

export type ToImporter =
  | { readonly type: 'start'; readonly settings: ImporterSettings; readonly work: ImporterWork }
  /** Finish the running job and take no other. */
  | { readonly type: 'finish' }
  /** There is a new job: look for it now. */
  | { readonly type: 'wake' }
  /** What it has asked for is done, or was not due; or it is not, and why. */
  | { readonly type: 'go'; readonly gate: MassGate }
  | { readonly type: 'stay'; readonly error: ErrorReport }
  /** End the running job now; it fails as interrupted. */
  | { readonly type: 'abort' };

export type FromImporter =
  | { readonly type: 'owner'; readonly owner: string }
  | { readonly type: 'job'; readonly jobId: string; readonly source: string; readonly waiting: number }
  | { readonly type: 'progress'; readonly progress: Progress }
  /** More jobs wait than may be begun without a snapshot: it takes none before it is told to go. */
  | { readonly type: 'many'; readonly jobs: number; readonly since: string | null }
  /** The log has an older layout: it writes nothing before its parent has saved and upgraded it. */
  | { readonly type: 'older' }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'lock wait'; readonly waited_ms: number }
  | { readonly type: 'result'; readonly result: ImportResult }
  | { readonly type: 'error'; readonly error: ErrorReport }
  /** `early`: it was told to end, and there may be more to do. */
  | { readonly type: 'done'; readonly early: boolean };
