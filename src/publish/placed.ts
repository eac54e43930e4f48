import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { FileStore } from '../store/store.ts';

/** A file that counts or ever has, with the path at which its bytes lie now. */
export type PlacedVersion = { readonly file: ParquetFile; readonly path: StoredPath };

type Looking = { readonly store: Pick<FileStore, 'stat'>; readonly versions: readonly ParquetFile[] };

/**
 * Finds where the bytes of files lie that count or ever have: where the log says, or where it says that the same bytes lie.
 * @throws FILE_SYSTEM that names the first file whose bytes are gone
 */
export async function placeVersions(files: readonly ParquetFile[], looking: Looking): Promise<PlacedVersion[]> {
  const equal = Map.groupBy(looking.versions, ({ checksum }) => checksum);
  const placed: PlacedVersion[] = [];
  for (const file of files) {
    const path = await firstThere([file, ...(equal.get(file.checksum) ?? [])], looking.store);
    if (path === null) throw gone(file);
    placed.push({ file, path });
  }
  return placed;
}

async function firstThere(files: readonly ParquetFile[], store: Pick<FileStore, 'stat'>): Promise<StoredPath | null> {
  for (const file of files) {
    const path = placeOf(file);
    if ((await store.stat(path))?.size_bytes === file.size_bytes) return path;
  }
  return null;
}

function placeOf({ state, path, archive_path }: ParquetFile): StoredPath {
  return state === 'superseded' ? (archive_path ?? path) : path;
}

function gone(file: ParquetFile): GexlakeError {
  const until = file.superseded_at === null ? 'counts' : `counted until ${file.superseded_at}`;
  const problem = `${file.path} of job ${file.job_id}, which ${until}, is gone: ${placeOf(file)} has not got its bytes`;
  return new GexlakeError('FILE_SYSTEM', problem, {
    details: { path: placeOf(file), jobId: file.job_id },
    hint: '`gexlake repair` shows whether it can be put back; else it must come from a backup. Without it there is no answer.',
  });
}
