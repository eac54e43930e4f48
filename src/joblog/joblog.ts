import { signatureOf } from '../platform/files.ts';
import type { AttemptLog, RecoveryLog } from './attempt-log.ts';
import { LogFile, type LogOptions } from './duckdb/log-file.ts';
import { wholeLog } from './duckdb/whole.ts';
import type { Feed } from './feed.ts';
import type { FileCatalog } from './file-catalog.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobReader } from './job-reader.ts';
import type { NoticeLog } from './notice-log.ts';
import type { PurgeLog } from './purge-log.ts';
import type { RecheckLog } from './recheck-log.ts';
import type { QualityLog } from './quality-log.ts';
import type { SourceArchive } from './source-archive.ts';
import { sqlAttemptLog } from './sql/attempts.ts';
import { sqlFileCatalog } from './sql/catalog.ts';
import { sqlFeed } from './sql/feed.ts';
import { sqlJobQueue } from './sql/job-queue.ts';
import { sqlQuality } from './sql/quality.ts';
import { sqlJobReader } from './sql/reader.ts';
import { sqlNoticeLog } from './sql/notices.ts';
import { sqlPurgeLog } from './sql/purges.ts';
import { sqlRecheckLog } from './sql/rechecks.ts';
import { sqlRecoveryLog } from './sql/recovery-log.ts';
import { sqlSourceArchive } from './sql/source-archive.ts';
import { sqlVendorLog } from './sql/vendor.ts';
import type { VendorLog } from './vendor-log.ts';
import type { WholeLog } from './whole-log.ts';

export type { AttemptLog, EqualImport, Finished, Intended, RecoveryLog, Replacement } from './attempt-log.ts';
export type { Changes, Feed, FeedPosition, JobDetails } from './feed.ts';
export type { Carriers, FileCatalog, FileFilter, FilesAsOf } from './file-catalog.ts';
export type { JobQueue, JobRequest, Submission } from './job-queue.ts';
export type { Holder, JobNote } from './notes.ts';
export type { NoticeLog } from './notice-log.ts';
export type { JobFilter, JobReader, JobStory } from './job-reader.ts';
export type { Compared, RecheckLog } from './recheck-log.ts';
export type { PurgedSession, PurgeLog, Purging } from './purge-log.ts';
export type { CallFilter, CallMade, VendorLog } from './vendor-log.ts';
export type { KeptSource, RecordRoot, SourceArchive } from './source-archive.ts';
export type { Entry as JournalEntry } from '../journal/journal.ts';
export type { LogSnapshot, RowDifference, Survey, WholeLog, WithdrawnSession } from './whole-log.ts';
export type { LogOptions, Upgrade } from './duckdb/log-file.ts';
export { takenOver } from './sql/assert-owned.ts';
export { noteRestoration } from './duckdb/note-restoration.ts';
export { requireJournalOf } from './duckdb/journal-of.ts';
export { writeLog } from './duckdb/write-rows.ts';

/**
 * The job log, as ports by who uses them: take the one that you need. Each call is one short transaction, so that other processes
 * and anyone's DuckDB shell can work in between. Reading a log that is not there gives empty lists; writing makes it.
 */
export type JobLog = {
  readonly queue: JobQueue;
  readonly attempts: AttemptLog;
  readonly recovery: RecoveryLog;
  readonly jobs: JobReader;
  readonly files: FileCatalog;
  readonly sources: SourceArchive;
  readonly purges: PurgeLog;
  readonly rechecks: RecheckLog;
  readonly quality: QualityLog;
  readonly vendor: VendorLog;
  readonly notices: NoticeLog;
  readonly feed: Feed;
  readonly whole: WholeLog;
};

/** The job log in a DuckDB file, `gex_history.db`. */
export function openJobLog(path: string, options: LogOptions): JobLog {
  const file = new LogFile(path, options);
  return {
    queue: sqlJobQueue(file),
    attempts: sqlAttemptLog(file),
    recovery: sqlRecoveryLog(file),
    jobs: sqlJobReader(file),
    files: sqlFileCatalog(file),
    sources: sqlSourceArchive(file),
    purges: sqlPurgeLog(file),
    rechecks: sqlRecheckLog(file),
    quality: sqlQuality(file),
    vendor: sqlVendorLog(file),
    notices: sqlNoticeLog(file),
    feed: sqlFeed(file, () => signatureOf([path, `${path}.wal`])),
    whole: wholeLog(file),
  };
}
