/** Every limit of gexlake in one place, with its unit. Nothing waits, grows or retries without one. */
export const limits = {
  /** Bytes that a source may have as it is transferred. */
  source_bytes: 4 * 1024 ** 3,
  /** Bytes that a source may have once unpacked. */
  decoded_bytes: 16 * 1024 ** 3,
  /** How many times larger than its gzip form a source may become, once past `gzip_ratio_free_bytes`. Real days give 5 to 12. */
  gzip_ratio: 200,
  gzip_ratio_free_bytes: 64 * 1024 ** 2,
  /** Members of a zip archive, and files below a folder, that one import looks at. A vendor's bundle has at most 15. */
  zip_members: 10_000,
  folder_files: 200_000,
  /** How many times over a source may be packed: gzip in gzip, and so on. */
  packing_layers: 4,
  /** Frames or members that one packed source may be made of. */
  packed_frames: 100_000,
  /** Bytes that may lie downloaded ahead of their imports before the next download waits. */
  fetch_ahead_bytes: 4 * 1024 ** 3,
  /** Silence on standard input after which it is given up. */
  input_silence_ms: 5 * 60_000,
  /** Redirects that one download follows. */
  redirects: 3,
  connect_timeout_ms: 15_000,
  /** Silence in the middle of a download after which it is given up and resumed. */
  stall_timeout_ms: 30_000,
  /** Bytes of a download below which so long counts as silence. */
  stall_bytes: 8 * 1024,
  /** Interim answers (1xx) that a server may send before an answer. */
  interim_answers: 16,
  /** Bytes of an answer's headers; the library's own limit of 16 KiB is less than what caches and clouds add at times. */
  answer_header_bytes: 64 * 1024,
  /** Bytes that may come besides a body: headers, interim answers, the framing of chunks. */
  framing_bytes: 1024 ** 2,
  /** How much of a refusal is read to quote it, and for how long. */
  error_body_bytes: 16 * 1024,
  error_body_ms: 3_000,
  download_total_ms: 30 * 60_000,
  download_attempts: 5,
  retry_base_ms: 500,
  retry_cap_ms: 30_000,
  /** Bytes of one JSON record; the largest real one is below 40 kB. */
  record_bytes: 16 * 1024 ** 2,
  /** Levels of nesting inside a field of a record. Real ones have three. */
  nesting_levels: 1000,
  /** Keys one in the other under which records or lists of them are looked for. */
  envelope_levels: 3,
  /** Bytes before or after the list of the records of a wrapped file. */
  wrapper_bytes: 1024 ** 2,
  /** Share of the records that may be set aside before the job fails. */
  set_aside_share: 0.1,
  /** Share of the records in which a known field may be of another type before the job fails. */
  wrong_type_share: 0.1,
  /** Most fields that one notice about odd fields names; more than a contract has. And the characters of each name. */
  noticed_fields: 50,
  noticed_field_characters: 60,
  file_name_bytes: 200,
  /** How long a busy database is waited for. */
  lock_wait_ms: 20_000,
  heartbeat_ms: 5_000,
  /** Silence after which a process counts as gone that cannot be seen from here: one of another machine or container. */
  heartbeat_lost_ms: 120_000,
  /** For how long its heartbeat is watched at least, where it looks older than that: whichever clock is wrong, one that lives beats. */
  heartbeat_watch_ms: 30_000,
  /** How long a private folder of a governing command stays untouched whose process cannot be seen from here. */
  private_folder_kept_ms: 24 * 3_600_000,
  /** How long an importer goes on with its job when the process is gone that has started it. */
  orphan_ms: 30_000,
  /** Most jobs that `jobs` lists unless asked for more. */
  jobs_listed: 50,
  job_attempts: 5,
  /** More jobs than these at once are a mass import: before it both databases are snapshotted. */
  mass_import_jobs: 10,
  /** How often, at most, one run snapshots them before mass imports that come while it runs. */
  mass_snapshot_interval_ms: 10 * 60_000,
  /** How often, over all processes, retention runs by itself after imports, and how many sources it looks at in one pass. */
  prune_interval_ms: 3_600_000,
  prune_sources: 50,
  /** Bytes that `verify` reads unless it is told to read all or a certain part: some seconds' worth. */
  verify_bytes: 4 * 1024 ** 3,
  /** Bytes that a query may put on the disk while it runs, of what does not fit into memory. */
  query_spill_bytes: 64 * 1024 ** 3,
  /** Most rows of a table for people, which has to be in memory as a whole. */
  table_rows: 100_000,
  /** Bytes of a request's body over HTTP. */
  body_bytes: 64 * 1024,
  /** How long a client may take for the headers of a request, and for all of it. */
  header_timeout_ms: 10_000,
  request_timeout_ms: 30_000,
  /**
   * Connections to the service at once: in all, of one address, and those beyond either that only `/health` answers. One address is
   * what a client is taken for that has not said yet who it is: an IPv4 address, or an IPv6 network of 64 bits.
   */
  connections: 1_000,
  connections_each: 250,
  connections_reserved: 16,
  /** How long a connection may stay without a request once it has had one. */
  idle_timeout_ms: 20_000,
  /** Clients that follow the events: in all, and how often one may. */
  event_clients: 100,
  event_clients_each: 20,
  /** Requests of one client that are answered at one time. */
  requests_at_once: 200,
  /** Requests of one client in a minute: those that ask for work, and all. */
  imports_per_minute: 100,
  requests_per_minute: 6_000,
  /** The longest that a request waits for its job. */
  wait_ms: 60_000,
  /** How long running imports may go on when the service is stopped. */
  shutdown_ms: 60_000,
  /** Free bytes on the disk below which the service says that it is not ready. */
  disk_free_bytes: 1024 ** 3,
  /** Most rows of one page over HTTP. */
  page_rows: 500,
} as const;

export type Limits = { readonly [K in keyof typeof limits]: number };

/** The limits that an operator may set otherwise (GEXLAKE_LIMITS). The others are part of what a file or a job may be. */
export const adjustableLimits = [
  'source_bytes',
  'decoded_bytes',
  'gzip_ratio',
  'gzip_ratio_free_bytes',
  'fetch_ahead_bytes',
  'input_silence_ms',
  'redirects',
  'connect_timeout_ms',
  'stall_timeout_ms',
  'download_total_ms',
  'download_attempts',
  'retry_base_ms',
  'retry_cap_ms',
  'lock_wait_ms',
  'heartbeat_ms',
  'heartbeat_lost_ms',
  'heartbeat_watch_ms',
  'orphan_ms',
  'verify_bytes',
  'query_spill_bytes',
  'mass_snapshot_interval_ms',
  'body_bytes',
  'header_timeout_ms',
  'request_timeout_ms',
  'connections',
  'connections_each',
  'connections_reserved',
  'idle_timeout_ms',
  'event_clients',
  'event_clients_each',
  'requests_at_once',
  'imports_per_minute',
  'requests_per_minute',
  'wait_ms',
  'shutdown_ms',
  'disk_free_bytes',
] as const satisfies readonly (keyof Limits)[];

export type LimitOverrides = { readonly [K in (typeof adjustableLimits)[number]]?: number };
