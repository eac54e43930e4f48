import { redactText } from './redact.ts';

/** Whose doing an error is, which decides what a person is told to do about it. */
export type Blame = 'input' | 'upstream' | 'environment' | 'bug';

type Rule = { readonly exit: number; readonly http: number | null; readonly blame: Blame; readonly transient: boolean };

function rule(blame: Blame, http: number, exit = 1): Rule {
  return { exit, http, blame, transient: false };
}

/** An error that is worth another try, with nothing changed. */
function transientRule(blame: Blame, http: number, exit = 1): Rule {
  return { exit, http, blame, transient: true };
}

/** An error of commands, and of jobs that only commands ask for: no request is answered with it. */
function commandRule(blame: Blame, exit = 1): Rule {
  return { exit, http: null, blame, transient: false };
}

/**
 * Every error code gexlake can report, with its exit code and HTTP status. `docs/errors.md` explains each one to users;
 * a test holds the two equal.
 */
export const errorRules = {
  USAGE: rule('input', 400, 2),
  CONFIG_INVALID: rule('input', 500, 2),
  TICKER_INVALID: rule('input', 422),
  ENDPOINT_UNKNOWN: rule('input', 422),
  SESSION_DATE_INVALID: rule('input', 422),
  SOURCE_UNIDENTIFIED: rule('input', 422),
  SOURCE_NAME_UNSAFE: rule('input', 422),
  SOURCE_NOT_ALLOWED: rule('input', 422),
  SOURCE_NOT_FOUND: rule('input', 422),
  SOURCE_FORMAT: rule('input', 422),
  SOURCE_OPTIONS: commandRule('input'),
  SOURCE_SILENT: commandRule('input'),
  SOURCE_UNREADABLE: rule('environment', 422),
  SOURCE_TOO_LARGE: rule('input', 413),
  SOURCE_CHANGED: rule('environment', 409),
  SOURCE_KEPT: commandRule('input'),
  SOURCE_PURGED: rule('input', 409),
  GZIP_TOO_LARGE: rule('input', 413),
  GZIP_CORRUPT: rule('input', 422),
  ZSTD_TOO_LARGE: rule('input', 413),
  ZSTD_CORRUPT: rule('input', 422),
  ZIP_UNREADABLE: rule('input', 422),
  DOWNLOAD_NOT_FOUND: rule('upstream', 502),
  DOWNLOAD_DENIED: rule('upstream', 502),
  DOWNLOAD_REFUSED: rule('upstream', 502),
  DOWNLOAD_CUT: transientRule('upstream', 502),
  DOWNLOAD_DAMAGED: transientRule('upstream', 502),
  DOWNLOAD_STALLED: transientRule('upstream', 504),
  DOWNLOAD_UNREACHABLE: transientRule('upstream', 502),
  DOWNLOAD_UNAVAILABLE: transientRule('upstream', 502),
  NOTICE_UNDELIVERED: commandRule('upstream'),
  DOWNLOAD_TOO_SLOW: rule('upstream', 504),
  VENDOR_KEY_MISSING: rule('input', 422),
  VENDOR_KEY_REFUSED: rule('upstream', 502),
  VENDOR_NOT_IN_PLAN: rule('upstream', 502),
  VENDOR_THROTTLED: transientRule('upstream', 503),
  VENDOR_NOT_PUBLISHED: transientRule('upstream', 502),
  VENDOR_NO_SESSION: rule('upstream', 502),
  VENDOR_TOO_OLD: rule('upstream', 502),
  VENDOR_ABSENT: rule('upstream', 502),
  VENDOR_UNREACHABLE: transientRule('upstream', 502),
  VENDOR_ANSWER: rule('upstream', 502),
  INPUT_EMPTY: rule('input', 422),
  INPUT_NO_RECORDS: rule('input', 422),
  INPUT_ERROR_BODY: rule('upstream', 422),
  INPUT_HTML: rule('input', 422),
  INPUT_NOT_JSON: rule('input', 422),
  INPUT_TRUNCATED: rule('input', 422),
  JSON_INVALID: rule('input', 422),
  RECORD_NOT_OBJECT: rule('input', 422),
  RECORD_TOO_LARGE: rule('input', 413),
  FIELD_MISSING: rule('input', 422),
  FIELD_NULL: rule('input', 422),
  FIELD_TYPE: rule('input', 422),
  TIMESTAMP_MILLISECONDS: rule('input', 422),
  TIMESTAMP_OUT_OF_RANGE: rule('input', 422),
  TICKER_MISMATCH: rule('input', 422),
  TOO_MANY_SET_ASIDE: rule('input', 422),
  CORRECTION_MISMATCH: rule('input', 409),
  CHANGED_SINCE: rule('input', 409),
  CHECKPOINT_INVALID: commandRule('input'),
  LOG_KEY_INVALID: commandRule('input'),
  FOLDER_UNKNOWN: commandRule('input'),
  NOTHING_TO_RESTORE: commandRule('input'),
  NOT_WITHDRAWABLE: commandRule('input'),
  NOT_PURGEABLE: commandRule('input'),
  RECHECK_UNKNOWN: commandRule('input'),
  NOT_REPAIRABLE: commandRule('environment'),
  OLD_LAYOUT_UNKNOWN: commandRule('input'),
  OLD_FILE_DAMAGED: commandRule('input'),
  ROWS_CONFLICT: rule('input', 409),
  EXPORT_MISMATCH: rule('bug', 500),
  CONTRACT_NEWER: rule('environment', 409),
  FILE_EXISTS: rule('environment', 409),
  PATH_INVALID: rule('input', 422),
  PLACE_TAKEN: rule('environment', 500),
  FILE_CHANGED: rule('environment', 409),
  DISK_FULL: rule('environment', 507),
  FOLDER_NOT_WRITABLE: rule('environment', 500),
  FILE_SYSTEM: rule('environment', 500),
  LOCK_BUSY: transientRule('environment', 503, 5),
  DATABASE_NEWER: rule('environment', 500),
  LAYOUT_NEWER: rule('environment', 500),
  DATABASE_DAMAGED: rule('environment', 500),
  DATABASE_UNEXPECTED: rule('environment', 500),
  RESOURCES_EXHAUSTED: rule('environment', 500),
  JOURNAL_DAMAGED: rule('environment', 500),
  LOG_LOST: rule('environment', 500),
  LOG_ROLLED_BACK: rule('environment', 500),
  LOG_FORKED: rule('environment', 500),
  SNAPSHOT_DAMAGED: commandRule('environment'),
  CHECKPOINT_UNTRUSTED: commandRule('environment'),
  ANCHOR_REFUSED: commandRule('upstream'),
  JOB_NOT_FOUND: rule('input', 404),
  JOB_STATE: rule('input', 409),
  LINK_LOST: rule('input', 400),
  JOB_TAKEN_OVER: rule('environment', 409),
  IMPORTER_DIED: rule('environment', 500),
  CLOCK_WRONG: rule('environment', 500),
  QUERY_FAILED: commandRule('input'),
  AS_OF_INVALID: rule('input', 422, 2),
  AS_OF_UNKNOWN: rule('input', 409),
  PLAN_CHANGED: commandRule('input'),
  PIN_INVALID: commandRule('input'),
  SECOND_NOT_FOUND: commandRule('input'),
  STRIKE_NOT_FOUND: commandRule('input'),
  NOT_PROVEN: commandRule('input'),
  PROOF_INVALID: commandRule('input'),
  REQUEST_UNREADABLE: rule('input', 400),
  REQUEST_INVALID: rule('input', 422),
  REQUEST_TOO_SLOW: rule('input', 408),
  BODY_TOO_LARGE: rule('input', 413),
  HEADERS_TOO_LARGE: rule('input', 431),
  UNSUPPORTED_MEDIA_TYPE: rule('input', 415),
  ROUTE_UNKNOWN: rule('input', 404),
  METHOD_NOT_ALLOWED: rule('input', 405),
  UNAUTHORIZED: rule('input', 401),
  FORBIDDEN: rule('input', 403),
  RATE_LIMITED: transientRule('input', 429),
  IDEMPOTENCY_CONFLICT: rule('input', 422),
  TOO_MANY_CLIENTS: transientRule('environment', 503),
  SHUTTING_DOWN: transientRule('environment', 503),
  PORT_TAKEN: commandRule('environment'),
  ADDRESS_UNUSABLE: commandRule('environment'),
  INTERRUPTED: rule('environment', 503, 130),
  INTERNAL: rule('bug', 500),
} as const satisfies Record<string, Rule>;

export type ErrorCode = keyof typeof errorRules;

/**
 * Where in the input an error is, as far as it is known. `record` counts from 0; `byte` is an offset in the decoded file. Of an answer:
 * its status, and when it says that asking again is worth it (ISO 8601).
 */
export type ErrorDetails = {
  readonly file?: string;
  readonly record?: number;
  readonly byte?: number;
  readonly field?: string;
  readonly path?: string;
  readonly pid?: number;
  readonly jobId?: string;
  readonly httpStatus?: number;
  readonly askAgainAt?: string;
  /** Whether no connection was made since nothing vouches for the server. */
  readonly untrusted?: boolean;
};

/** What `--json`, the HTTP service and `last_error` carry of an error. */
export type ErrorReport = { code: ErrorCode; message: string; hint: string | null };

type Options = { readonly details?: ErrorDetails; readonly hint?: string; readonly cause?: unknown };

/**
 * The one error class: a stable code, a message that says what, which and found against expected, and advice in `hint`. Neither
 * holds a secret, whoever made them of what: an error is shown, logged and kept.
 */
export class GexlakeError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string | null;

  constructor(code: ErrorCode, message: string, options: Options = {}) {
    super(redactText(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GexlakeError';
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint === undefined ? null : redactText(options.hint);
  }

  get transient(): boolean {
    return errorRules[this.code].transient;
  }

  get exitCode(): number {
    return errorRules[this.code].exit;
  }

  report(): ErrorReport {
    return { code: this.code, message: this.message, hint: this.hint };
  }
}

/** Anything thrown, as a GexlakeError; what was not foreseen becomes INTERNAL and keeps its cause. */
export function toGexlakeError(thrown: unknown): GexlakeError {
  if (thrown instanceof GexlakeError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new GexlakeError('INTERNAL', `unexpected failure: ${text}`, {
    cause: thrown,
    hint: 'This is a defect in gexlake. Please report it with the command and this message.',
  });
}

/** Rebuilds an error that crossed a process boundary as an {@link ErrorReport}. */
export function fromReport(report: ErrorReport): GexlakeError {
  return new GexlakeError(report.code, report.message, report.hint === null ? {} : { hint: report.hint });
}
