/**
 * Every problem that verifying can find, with what to do about it. `docs/verify.md` explains each one to users; a test holds the
 * two equal.
 */
export const problemRules = {
  LOG_MISSING: 'Import nothing before the log is back: `gexlake restore --rebuild-log --apply` makes it again.',
  LOG_DAMAGED: 'Do not delete it: `gexlake restore --rebuild-log --apply` makes the log again from the files.',
  LOG_ROW_CHANGED:
    'Somebody has edited the log. `gexlake restore --rebuild-log --apply` makes the log again from its journal, and keeps the edited one.',
  LOG_ROW_MISSING:
    'Somebody has edited the log. `gexlake restore --rebuild-log --apply` makes the log again from its journal, and keeps the edited one.',
  LOG_ROW_UNKNOWN:
    'Somebody has edited the log. `gexlake restore --rebuild-log --apply` makes the log again from its journal, and keeps the edited one.',
  LOG_LINK_UNKEPT:
    'Put log/secrets back if there is a copy; `gexlake restore --rebuild-log --apply` keeps the link again from the log.',
  JOURNAL_DAMAGED:
    'Put the file back if there is a copy. Without one, `gexlake log restart --reason "…"` shows how to begin a new one. docs/recovery.md, "The journal is damaged or gone", says more.',
  LOG_ROLLED_BACK:
    'Put the folder log/ back as it was. Where it is lost, `gexlake log restart --reason "…"` shows how to begin a new one. docs/recovery.md, "The journal is damaged or gone", says more.',
  LOG_FORKED:
    'Put the folder log/ back as it was. Where it is lost, `gexlake log restart --reason "…"` shows how to begin a new one. docs/recovery.md, "The journal is damaged or gone", says more.',
  CHECKPOINT_UNTRUSTED:
    'Do not rely on it. Compare the checkpoint and the key with what you have noted elsewhere; `gexlake log key show` prints the key that the journal names.',
  ANCHOR_CHANGED:
    'Put the file back from a copy of log/. Without it this anchor shows nothing any more; `gexlake log anchor` makes another one.',
  JOB_MISSING: 'Rows of the log have been removed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_STATUS: 'A row of import_jobs has been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_COUNTS: 'A row of import_jobs has been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_CHECKSUM: 'A row of import_jobs has been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_BLOCK: 'A row of import_jobs has been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_SESSION: 'A row of import_jobs has been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_REFERENCE: 'A row of the log has been changed or removed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_ROWS: 'Rows of the log have been changed. `gexlake restore <snapshot>` puts an older log back.',
  JOB_STUCK: 'Run `gexlake run`: it finishes the job or takes it back.',
  JOB_HALF_PUBLISHED: 'Retry the job, then `gexlake run`: that takes back what it had not committed.',
  FILE_NOT_LOGGED: 'A row of parquet_files has been removed. `gexlake restore <snapshot>` puts an older log back.',
  FILE_ROW: 'A row of parquet_files has been changed. `gexlake restore <snapshot>` puts an older log back.',
  FILE_MISSING:
    '`gexlake repair` puts it back if its bytes can be found or made again; otherwise put it back from a backup.',
  FILE_MODE: 'Find out who changed it; `gexlake repair` makes it read-only again.',
  FILE_SIZE:
    '`gexlake repair` puts it back if its bytes can be found or made again; otherwise put it back from a backup.',
  FILE_CHECKSUM:
    '`gexlake repair` puts it back if its bytes can be found or made again; otherwise put it back from a backup.',
  FILE_UNREADABLE:
    '`gexlake repair` puts it back if its bytes can be found or made again; otherwise put it back from a backup.',
  FILE_ROWS: 'A row of parquet_files has been changed. `gexlake restore <snapshot>` puts an older log back.',
  FILE_TIMES: 'A row of parquet_files has been changed. `gexlake restore <snapshot>` puts an older log back.',
  FILE_SESSIONS: 'A row of parquet_files has been changed. `gexlake restore <snapshot>` puts an older log back.',
  FILE_BLOCK: 'The file does not belong where it lies. Put file and log back from a backup.',
  FILE_METADATA: 'The file names a source that the log does not know. Put file and log back from a backup.',
  ROWS_TWICE: 'The file holds seconds that another live file has. Put files and log back from a backup.',
  ROWS_UNPAIRED: 'Strikes and snapshots of the folder do not belong together. Put both back from a backup.',
  SOURCE_MISSING:
    '`gexlake repair` puts it back if the file that it was imported from is still there; otherwise put it back from a backup.',
  SOURCE_CHECKSUM:
    '`gexlake repair` puts it back if the file that it was imported from is still there; otherwise put it back from a backup.',
  QUARANTINE_MISSING: '`gexlake repair` makes it again from the source.',
  QUARANTINE_CONTENT: '`gexlake repair` makes it again from the source.',
  RECHECK_CHANGED:
    'No correction takes these bytes. Look at the source again with `gexlake recheck`, which keeps them anew; then the file may go.',
  FILE_PURGED:
    'It was purged, and somebody has put it back. Purge it again: `gexlake purge` with the job or the sessions, and --apply.',
  FILE_UNEXPLAINED:
    'gexlake did not make this file. Find out who did; `gexlake repair` imports it if it is a source, or puts it into the trash.',
} as const satisfies Readonly<Record<string, string>>;

export type ProblemCode = keyof typeof problemRules;

/** Worth knowing, and no damage: verifying passes with these. */
export const noteRules = {
  LOG_RESTARTED:
    'Nothing. An old checkpoint or proof is held against the journal that was kept aside, if it is still there.',
  JOURNAL_GONE:
    'Put the folder log/ back if there is a copy that is as new as the log. Otherwise the next command that writes begins a new one, which says so.',
  CHECKPOINT_UNSIGNED: 'Run a command that writes where the key is: it signs the checkpoint.',
  LOG_ABSENT: 'Check --data-dir, or import something first.',
  JOB_WAITING: 'Run `gexlake run`.',
  WORK_LEFT: 'The next import or run removes it.',
  STRAY_FILE:
    'Readers do not look at it and nothing depends on it. Remove it by hand, or with `gexlake repair --strays`.',
  PURGE_LEFT: 'The next import or run removes it; `gexlake purge` with the same job or sessions does, too.',
  PRUNE_LEFT: 'Nothing: the next `gexlake prune`, or the next pass after imports, goes on.',
  MODES_OPEN: '`gexlake doctor --tighten` shows what it would change; with --apply it does.',
  DISK_NO_LINKS:
    'Everything works; each file is copied once more before it gets its name: docs/recovery.md, Disks of other kinds.',
  DISK_NO_MODES:
    'Files are not protected from being written by mistake; `gexlake verify` compares them with their checksums.',
  DISK_NO_SYNC: 'Put the data folder on another disk: a power cut could take what the log calls published.',
  DISK_NO_FOLDER_SYNC: 'Nothing: the file system, or its server, syncs names by itself.',
  DISK_NO_REPLACE:
    'Imports work. Corrections, compactions and restorations need a disk on which one file can replace another.',
  DISK_IGNORES_CASE: 'Nothing: a file whose name differs from another only by case goes into the folder of its job.',
  CONTRACT_NEWER: 'Use the newer gexlake that wrote it: this one cannot tell whether its columns are right.',
} as const satisfies Readonly<Record<string, string>>;

export type NoteCode = keyof typeof noteRules;

/** One finding. `path` is relative to the data folder; a path or a job is null where the finding is not about one. */
export type Finding<C extends string> = {
  readonly code: C;
  readonly path: string | null;
  readonly job_id: string | null;
  readonly message: string;
  readonly hint: string;
};

export type Problem = Finding<ProblemCode>;
export type Note = Finding<NoteCode>;

/** What a finding is about: a path of the data folder, a job, or both. */
export type Subject = { readonly path?: string | null; readonly jobId?: string | null };

export function problem(code: ProblemCode, { path = null, jobId = null }: Subject, message: string): Problem {
  return { code, path, job_id: jobId, message, hint: problemRules[code] };
}

export function noteOf(code: NoteCode, { path = null, jobId = null }: Subject, message: string): Note {
  return { code, path, job_id: jobId, message, hint: noteRules[code] };
}
