import type { Counts, Job, ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import type { Database } from '../db/db.ts';
import type { JobNote } from './endings.ts';
import * as files from './file-statements.ts';
import { toIntended } from './intents.ts';
import { claimOf, setCounts } from './job-statements.ts';
import { note, noteOnce, own, type Holder } from './log-file.ts';
import { RetentionLog } from './retention-log.ts';
import { carriersOf, type Carriers } from './same-bytes.ts';

/** Files that a job intends to make live, and live files that these are to replace. */
export type Intended = { readonly placed: readonly ParquetFile[]; readonly retired: readonly ParquetFile[] };

/** A live file that is to go, and where to. */
type Retired = { readonly path: string; readonly checksum: string; readonly archivePath: string };

/** Rolls a transaction back that found the world changed. */
const notLiveAnyMore = new Error('a file is not live any more');

/** The part of the job log that knows about published files which take the place of others. */
export class ReplacementLog extends RetentionLog {
  /** The live files of a folder, and those that are about to be. */
  async filesOfFolder(folder: string): Promise<ParquetFile[]> {
    return this.read((database) => files.liveFilesOfFolder(database, folder));
  }

  /** The newest superseded file that was live at a path, or that lies at a path of the archive. */
  async supersededAt(path: string): Promise<ParquetFile | null> {
    return this.read((database) => files.newestSuperseded(database, path));
  }

  /** The live files that hold rows of a job. */
  async carriersOf(jobId: string): Promise<Carriers> {
    return this.read((database) => carriersOf(database, jobId));
  }

  /** The files that a job's files have replaced. */
  async filesSupersededBy(jobId: string): Promise<ParquetFile[]> {
    return this.read((database) => files.filesSupersededBy(database, jobId));
  }

  /**
   * Records the intent to replace: the new files with their paths, and the live ones that go to the archive. False where one of
   * these is not live any more or another job is about to replace it; then it must be planned again.
   */
  async intendSwap(
    job: Job,
    holder: Holder,
    placed: readonly { readonly file: PrivateFile; readonly path: string }[],
    retired: readonly Retired[],
    counts: Counts,
    notes: readonly JobNote[],
  ): Promise<boolean> {
    return this.transact(async (database, now) => {
      own(job, await setCounts(database, claimOf(job, holder.owner), counts, now));
      for (const { path, checksum, archivePath } of retired) {
        const marked = await files.markSuperseded(database, path, checksum, job.id, archivePath);
        if (marked !== 1) throw notLiveAnyMore;
      }
      for (const { file, path } of placed) await files.insertFile(database, toIntended(job, file, path, now));
      const paths = placed.map(({ path }) => path).join(', ');
      const announced = placed.length === 0 ? 'nothing' : paths;
      await note(database, job, holder, 'replacing', `${announced} (archiving ${retired.length} files)`, now);
      for (const change of describeSwap(placed, retired)) await note(database, job, holder, 'checksums', change, now);
      for (const { event, detail } of notes) await noteOnce(database, job, holder, event, detail, now);
      return true;
    }).catch((error: unknown) => {
      if (error === notLiveAnyMore) return false;
      throw error;
    });
  }

  /** What a job has recorded as intended and neither committed nor taken back. */
  async intended(job: Job): Promise<Intended> {
    return this.read(async (database) => {
      const placed = await files.filesOfJob(database, job.id);
      const retired = await files.filesSupersededBy(database, job.id);
      return {
        placed: placed.filter((file) => file.state === 'publishing'),
        retired: retired.filter((file) => file.state === 'live'),
      };
    });
  }
}

/** Each path that changes, with the checksums before and after. */
function describeSwap(
  placed: readonly { readonly file: PrivateFile; readonly path: string }[],
  retired: readonly Retired[],
): string[] {
  const before = new Map(retired.map(({ path, checksum }) => [path, checksum]));
  const after = new Map(placed.map(({ path, file }) => [path, file.checksum]));
  return [...new Set([...after.keys(), ...before.keys()])].map((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === undefined) return `${path}: new, sha256 ${now}`;
    return now === undefined ? `${path}: archived, sha256 ${old}` : `${path}: sha256 ${old} becomes ${now}`;
  });
}

/** Forgets what a job intended; gives how many files it would have published. */
export async function forget(database: Database, job: Job): Promise<number> {
  await files.unmarkSuperseded(database, job.id);
  return files.deleteIntended(database, job.id);
}
