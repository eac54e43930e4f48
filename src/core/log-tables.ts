import { day, days, flag, json, oneOf, optional, storedPath, text, time, whole, type LogTable } from './columns.ts';
import type { Dataset } from './contract.ts';
import type { ErrorReport } from './errors.ts';
import type { AnyEventData } from './job-events.ts';
import type { ArchiveState, FileState, JobKind, JobOrigin, JobStatus, PurgedKind, PurgeState } from './job-states.ts';
import type { JobTarget } from './job-target.ts';
import type { NoticeKind } from './notice-kinds.ts';
import type { RecheckResult, RecheckSummary } from './recheck.ts';
import type { Condition, Drift, Statements } from './quality.ts';
import type { DutyName, VendorAnswer } from './vendor-answer.ts';

/** The tables of the job log: each column with its type and what it means. */
export const importJobs = {
  name: 'import_jobs',
  about: 'One row for each import of one source.',
  columns: {
    id: text('A UUIDv7 without dashes: sorts by time.'),
    url: text(
      "The source as it was given, whole: a URL's query string is a secret. Of a member of a zip archive: `<archive>!/<member>`. Of a rewrite or a migration: its `target` in words, such as `compact:<folder>`.",
    ),
    checksum: optional(text('SHA-256 of the unpacked bytes.')),
    ticker: optional(text('')),
    status: oneOf<JobStatus>('`pending`, `started`, `staged`, `completed`, `failed`, `skipped` or `cancelled`.'),
    records_processed: optional(whole('Records published.')),
    last_error: optional(text('`CODE: message` of a failed job.')),
    created_at: time(''),
    updated_at: time(''),
    kind: oneOf<JobKind>(
      '`import`, `correction`, `rewrite` (a compaction, a withdrawal, the undoing of a change, the reparation of a file, a purge) or `migration` (of a file of an [old layout](migration.md)).',
    ),
    endpoint: optional(text('The governed name.')),
    session_date: optional(day('The session, if there is only one.')),
    staged_path: optional(storedPath('The staged source, relative to the data folder.')),
    attempts: whole('How often it was started.', 'INTEGER'),
    owner: optional(
      text(
        'The process that has, or last had it: `host:pid:start:boot.namespace.machine` ([recovery](recovery.md#whose-job-it-is)).',
      ),
    ),
    heartbeat_at: optional(time('When a running job last said that it lives.')),
    skipped: flag(''),
    skipped_as: optional(text('The job whose rows are live instead.')),
    records_read: optional(whole('= processed + duplicate + quarantined.')),
    records_duplicate: optional(whole('')),
    records_quarantined: optional(whole('Records set aside.')),
    corrects_job_id: optional(text('The job that a correction corrects.')),
    reason: optional(text('Why a correction or rewrite was made.')),
    actor: optional(text('Who asked for it.')),
    started_at: optional(time('Of the last attempt.')),
    finished_at: optional(time('')),
    publish: flag('False: stop after the checks.'),
    target: optional(
      json<JobTarget>('What a rewrite or a migration is about, as JSON: see [below](#target-and-error).'),
    ),
    error: optional(
      json<ErrorReport>(
        'Of a failed job, as JSON: `code`, `message`, and `hint`, what to do (null where nothing is known).',
      ),
    ),
    origin: oneOf<JobOrigin>(
      '`command`: a command of this machine; `http`: the service, and such a job may never read a local file; `rebuild`: a [rebuilt log](#a-rebuilt-log).',
    ),
  },
  key: ['id'],
  held: ['status', 'owner', 'attempts'],
} as const satisfies LogTable;

export const jobEvents = {
  name: 'job_events',
  about: 'What happened, in order; rows are only added.',
  columns: {
    job_id: text(''),
    occurred_at: time(''),
    actor: text(''),
    event: text('See below.'),
    detail: optional(text('In words.')),
    number: whole('Its place among all events, from 1 on.'),
    data: optional(json<AnyEventData>('What it says, as JSON: see [below](#data-of-events).')),
  },
  key: ['number'],
  held: [],
} as const satisfies LogTable;

export const parquetFiles = {
  name: 'parquet_files',
  about: 'One row for each published file.',
  columns: {
    job_id: text('The job that made it.'),
    path: storedPath('Relative to the data folder.'),
    dataset: oneOf<Dataset>('`strikes` or `snapshots`.'),
    ticker: text(''),
    endpoint: text(''),
    session_dates: days('The sessions in it.'),
    row_count: whole(''),
    size_bytes: whole(''),
    checksum: text('SHA-256 of the file.'),
    first_timestamp: time(''),
    last_timestamp: time(''),
    state: oneOf<FileState>('`publishing` (intended, not yet committed), `live`, or `superseded`.'),
    superseded_by: optional(text('The job that replaced it; on a live file, a job that is about to.')),
    archive_path: optional(
      storedPath('Where a superseded file lies: `archive/parquet/gex/…/strikes.superseded_by_<job_id>.parquet`.'),
    ),
    created_at: time(''),
    contract_version: optional(text('The [version of the contract](#versions-of-the-contract) that it follows.')),
    writer: optional(
      text(
        'The number of the writer that made it, and the version of its zstd. Null in rows from before this column, and where the file does not say it.',
      ),
    ),
    content_hash: optional(
      text(
        'The [hash of its rows](#the-content-hash). Null in rows from before this column, and in a [rebuilt log](#a-rebuilt-log).',
      ),
    ),
    committed_at: optional(
      time(
        'Since when it counts: the commit that made it live, and later than every one before it, also where the clock went back. Null while it is `publishing`. In a [rebuilt log](#a-rebuilt-log) the time of the rebuild.',
      ),
    ),
    superseded_at: optional(
      time('Until when it counted: the commit that replaced it. Null while nothing has replaced it.'),
    ),
  },
  key: ['job_id', 'path'],
  held: ['state', 'superseded_by'],
} as const satisfies LogTable;

export const archivedSources = {
  name: 'archived_sources',
  about: 'One row for each source that has left `source/`. The row of its job stays as it is.',
  columns: {
    job_id: text('The job whose source it is.'),
    staged_path: storedPath('Where it was staged.'),
    archive_path: storedPath(
      'Where it lies, relative to the data folder. The month is that of the session, or of the staging (UTC) where a source has several.',
    ),
    checksum: text('SHA-256 of the unpacked bytes, the `checksum` of the job.'),
    size_bytes: whole('Of the unpacked bytes.'),
    archived_checksum: text('SHA-256 of the packed file.'),
    archived_size_bytes: whole('Of the packed file.'),
    state: oneOf<ArchiveState>('`archived`, or `removed`: it has left the archive, too, by `raw_days`.'),
    archived_at: time(''),
    removed_at: optional(time('')),
  },
  key: ['job_id', 'archive_path'],
  held: ['state'],
} as const satisfies LogTable;

export const sourceReceipts = {
  name: 'source_receipts',
  about:
    'One row for each time that the bytes of a source came: what the server, or the file system, said of them. None of a migrated file, and none from before this table.',
  columns: {
    job_id: text('The job that they came for.'),
    attempt: whole('Which of its attempts.', 'INTEGER'),
    received_at: time(''),
    location: text(
      'Where they came from in the end: the URL without its query, after all redirects, or the path of a local file; of a member of a zip archive `<archive>!/<member>`.',
    ),
    wire_bytes: whole('Bytes as they came, packed or not.'),
    wire_checksum: text('SHA-256 of them.'),
    etag: optional(text('`ETag` of the answer.')),
    last_modified: optional(text('`Last-Modified` of it, as it was given.')),
    content_md5: optional(text('`Content-MD5` of it. What came has been compared with it.')),
    content_length: optional(whole('The bytes that the answer said it has.')),
    modified_at: optional(time('When a local file, or the archive that it is in, was last modified.')),
    archive_checksum: optional(text('SHA-256 of the archive that it is a member of.')),
  },
  key: ['job_id', 'attempt'],
  held: [],
} as const satisfies LogTable;

export const sourceRoots = {
  name: 'source_roots',
  about:
    'The root of a Merkle tree (RFC 6962) over the records of a source, so that one record can be shown to be of it. Noted when the source is archived, or by `gexlake prove --out`.',
  columns: {
    checksum: text('The source: SHA-256 of the unpacked bytes.'),
    record_root: text('The root, in hexadecimal.'),
    records: whole('How many records it is over.'),
    rule: oneOf<'1'>(
      'What a record is. `1`: the bytes of each element of the list of records, or of each value where one follows the other, in their order, from their first byte to their last.',
    ),
    noted_at: time(''),
  },
  key: ['checksum', 'rule'],
  held: [],
} as const satisfies LogTable;

export const maintenanceRuns = {
  name: 'maintenance_runs',
  about:
    'When work that concerns no single job was begun by itself. `task` is `prune`; `restore`: the log was put back, by a snapshot or from its journal; or `heal`: it was gone or damaged, and made again from its journal.',
  columns: { task: text(''), started_at: time(''), actor: text('') },
  key: ['task', 'started_at'],
  held: [],
} as const satisfies LogTable;

export const jobRequests = {
  name: 'job_requests',
  about: 'What came with a job over HTTP. A job of the command line has no row here.',
  columns: {
    job_id: text(''),
    origin: oneOf<'http'>('`http`.'),
    idempotency_key: optional(text('The `Idempotency-Key` of the request.')),
    fields: optional(
      text(
        'Its other fields, as JSON: values whose name or form makes them a secret are `…`. An older version kept them.',
      ),
    ),
    received_at: time(''),
  },
  key: ['job_id'],
  held: [],
} as const satisfies LogTable;

export const restorations = {
  name: 'restorations',
  about:
    'One row for each time that a snapshot took the place of the log. What the log before it had written down since the snapshot is not in this one.',
  columns: {
    restored_at: time(''),
    saved_at: time('When the snapshot was taken.'),
    snapshot: text('The folder of the snapshot, as it was given.'),
    actor: text(''),
  },
  key: ['restored_at'],
  held: [],
} as const satisfies LogTable;

export const purgedFiles = {
  name: 'purged_files',
  about:
    'One row for each file that a [purge](DATA_STRUCTURE_AND_GOVERNANCE.md#purges) has taken away for good. The rows of jobs, files and archived sources stay as they are.',
  columns: {
    job_id: text('The job that purged it.'),
    path: storedPath(
      'Where it lay last, relative to the data folder: of a file that was live, the name in `archive/` that the purge gave it.',
    ),
    kind: oneOf<PurgedKind>(
      '`live`, `superseded`: published files; `source`: staged; `archived`: a packed source; `quarantine`; `copy`: in the trash, or kept by a recheck; `pin`: a whole pin.',
    ),
    of_job_id: optional(text('The job whose file it was.')),
    checksum: optional(text('SHA-256 of its bytes, as logged; of a pin, its id. Null where nobody had noted it.')),
    source_checksum: optional(
      text(
        'SHA-256 of the unpacked source of that job, where it was purged: these bytes are not imported again unasked.',
      ),
    ),
    size_bytes: whole(''),
    state: oneOf<PurgeState>('`intended`, `removing` (committed, and on its way out), or `purged`.'),
    purged_at: optional(time('The commit.')),
  },
  key: ['job_id', 'path'],
  held: ['state'],
} as const satisfies LogTable;

export const rechecks = {
  name: 'rechecks',
  about:
    'One row for each time that a source was [looked at again](cli.md#gexlake-recheck). Nothing is published by that.',
  columns: {
    id: text('Its id, of the form of a job id.'),
    checked_at: time(''),
    actor: text(''),
    job_id: optional(text('The job that it was compared with: the newest that has published rows of these sessions.')),
    source: text('The URL without its query, or the path.'),
    ticker: text(''),
    endpoint: text(''),
    session_date: optional(day('The session, if there is only one.')),
    checksum: optional(
      text('SHA-256 of the unpacked bytes; where the server said that the file is the same, that of the job.'),
    ),
    result: oneOf<RecheckResult>('`same`, `equal`, `longer`, `restated` or `new`.'),
    kept_path: optional(
      text(
        'Where the unpacked bytes are kept, relative to the data folder, until a correction takes them or `staged_days` are over.',
      ),
    ),
    summary: optional(json<RecheckSummary>('What differs, as JSON: see [below](#summary-of-a-recheck).')),
  },
  key: ['id'],
  held: [],
} as const satisfies LogTable;

export const quality = {
  name: 'quality',
  about:
    'One row for each time that a session was looked at: how good its records are. What each figure and statement is, [quality](quality.md) says. A warning: nothing is refused for it.',
  columns: {
    ticker: text(''),
    endpoint: text(''),
    session_date: day('The session.'),
    job_id: text(
      'The job that brought the session as it was looked at; of a row that `gexlake quality --compute` has written, the newest job that a live file of the session is of.',
    ),
    made_at: time('When the row was written.'),
    rules: whole('The version of the rules that it was looked at by.', 'INTEGER'),
    basis: oneOf<'source' | 'files'>('`source`: while the source was loaded; `files`: in the published files.'),
    condition: oneOf<Extract<Condition, 'available' | 'degraded'>>(
      '`available` or `degraded`, by the row alone: what earlier sessions let expect is not in it.',
    ),
    records: whole('Records of the session, each of a second of its own.'),
    first_timestamp: time('The first of them.'),
    last_timestamp: time('The last of them.'),
    seconds_expected: optional(whole('Seconds of the session by the calendar. Null where the exchanges were closed.')),
    seconds_present: optional(whole('Of how many of these there is a record.')),
    gaps: whole('Times that there was no record for 10 s or longer.'),
    gap_s: whole('The seconds without a record in all of them.'),
    longest_gap_s: whole(
      'Seconds between the two records that are furthest apart, where that is a gap; 0 without one.',
    ),
    frozen_runs: optional(
      whole('Times that the ladder stayed as it is for 60 s or longer. Null where records have no ladder.'),
    ),
    frozen_s: optional(whole('Seconds of all of them.')),
    longest_frozen_s: optional(whole('Seconds of the longest.')),
    spot_jumps: whole('Times that spot moved by 1 % or more between two records of at most 60 s.'),
    largest_jump_bp: whole('The largest such move, in hundredths of a percent.'),
    statements: json<Statements>(
      'For each [statement](quality.md#the-statements) of how many records (or values) it was asked, and of how many it holds, as JSON: `{"sum_gex_vol":{"looked_at":23400,"held":23400}}`.',
    ),
    drift: json<readonly Drift[]>(
      'Known fields that came as another type, as JSON: `[{"field":"spot","kind":"number_in_text","records":12}]`; counted over the file.',
    ),
    committed_at: optional(
      time('Since when it counts: the commit of the files that it is about. Null while they are being published.'),
    ),
    superseded_at: optional(
      time('Until when it counted: the commit that changed the session, or a newer row. Null while it counts.'),
    ),
  },
  key: ['job_id', 'session_date', 'made_at'],
  held: ['committed_at', 'superseded_at'],
} as const satisfies LogTable;

export const vendorCalls = {
  name: 'vendor_calls',
  about:
    'One row for each file or bundle that the vendor was asked for: what came of it the last time, and when it is asked for again. A call that brought nothing is no job.',
  columns: {
    source: text('What was asked for: `gexbot:hist/…` or `gexbot:eod/…`, the same for ever and without a secret.'),
    ticker: text(''),
    endpoint: optional(text('The governed name; null for a bundle.')),
    session_date: day('The session.'),
    answer: oneOf<VendorAnswer>(
      '`given`; `not_in_plan`; `throttled`; `not_published`: it may still come; `no_session`: the exchanges were closed; `too_old`; `absent`: the vendor has no such file, long after the session; `key_refused`; `unreachable`; `odd`: an answer that nobody understands; `incomplete`: a bundle that lacks something; `yesterday`: a bundle of the session before.',
    ),
    http_status: optional(whole('Null where there was no answer.', 'INTEGER')),
    detail: optional(text('In words, without secrets.')),
    calls: whole('How often it was asked for.'),
    first_asked_at: time(''),
    last_asked_at: time(''),
    ask_again_at: optional(time('Not before this time is it asked for again; null: never by itself.')),
    wire_bytes: optional(whole('Bytes that came the last time that any did.')),
    took_ms: optional(whole('Milliseconds that they took.')),
  },
  key: ['source'],
  held: ['answer', 'calls'],
} as const satisfies LogTable;

export const duties = {
  name: 'duties',
  about:
    'One row for each work that one process alone does by itself, as long as it lives. Another one takes it over when that process is gone.',
  columns: {
    name: oneOf<DutyName>('`fetch`: getting what the subscriptions name.'),
    owner: text('The process: `host:pid:start:boot.namespace.machine`, as in `import_jobs`.'),
    since: time('When it took it.'),
  },
  key: ['name'],
  held: ['owner'],
} as const satisfies LogTable;

export const notices = {
  name: 'notices',
  about: 'One row for each matter that people are [told of](notices.md).',
  columns: {
    matter: text('What it is about, the same as long as it is about that, such as `day_at_risk:2026-08-31`.'),
    raised_at: time('Since when it is so.'),
    kind: oneOf<NoticeKind>(
      '`day_at_risk`, `day_lost`, `fetch_failing`, `day_restated`, `disk_low` or `verify_failed`.',
    ),
    title: text('What is told, in a line.'),
    text: text('What is told below it.'),
    final: flag('Whether it will never be over, so that no all-clear follows.'),
    cleared_at: optional(time('Since when it is over.')),
    told: json<readonly string[]>('Whom it was told: twelve digits of the SHA-256 of each address, as JSON.'),
    told_all_clear: json<readonly string[]>('Whom it was told that it is over.'),
  },
  key: ['matter', 'raised_at'],
  held: ['cleared_at'],
} as const satisfies LogTable;

/** All of them, in the order of the document. */
export const logTables: readonly LogTable[] = [
  importJobs,
  jobEvents,
  parquetFiles,
  archivedSources,
  sourceReceipts,
  sourceRoots,
  maintenanceRuns,
  jobRequests,
  restorations,
  purgedFiles,
  rechecks,
  quality,
  vendorCalls,
  duties,
  notices,
];
