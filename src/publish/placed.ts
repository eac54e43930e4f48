import { placeOf } from '../core/canonical-path.ts';
import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile, PurgedFile } from '../core/job.ts';
import type { StoredPath } from '../core/stored-path.ts';
import type { FileStore } from '../store/store.ts';

/** A file that counts or ever has, with the path at which its bytes lie now. */
export type PlacedVersion = { readonly file: ParquetFile; readonly path: StoredPath };

type Looking = {
  readonly store: Pick<FileStore, 'stat'>;
  readonly versions: readonly ParquetFile[];
  readonly purged: readonly PurgedFile[];
};

/** Gives files with the paths at which their bytes lie. @throws FILE_SYSTEM that names the first file whose bytes are gone */
export type PlaceVersions = (files: readonly ParquetFile[]) => Promise<PlacedVersion[]>;

/** Finds where the bytes of `versions` lie: where the log says, or where it says that the same bytes lie. Looks for each once. */
export function placerOf({ store, versions, purged }: Looking): PlaceVersions {
  const equal = Map.groupBy(versions, ({ checksum }) => checksum);
  const known = new Map<ParquetFile, PlacedVersion>();
  const place = async (file: ParquetFile): Promise<PlacedVersion> => {
    const path = await firstThere([file, ...(equal.get(file.checksum) ?? [])], store);
    if (path === null) throw gone(file, purged.find((one) => one.path === placeOf(file)) ?? null);
    return { file, path };
  };
  return async (files) => {
    const placed: PlacedVersion[] = [];
    for (const file of files) {
      const found = known.get(file) ?? (await place(file));
      known.set(file, found);
      placed.push(found);
    }
    return placed;
  };
}

async function firstThere(files: readonly ParquetFile[], store: Pick<FileStore, 'stat'>): Promise<StoredPath | null> {
  for (const file of files) {
    const path = placeOf(file);
    if ((await store.stat(path))?.size_bytes === file.size_bytes) return path;
  }
  return null;
}

function gone(file: ParquetFile, purge: PurgedFile | null): GexlakeError {
  const until = file.superseded_at === null ? 'counts' : `counted until ${file.superseded_at}`;
  if (purge !== null)
    return new GexlakeError(
      'FILE_SYSTEM',
      `${file.path} of job ${file.job_id}, which ${until}, was purged by job ${purge.job_id}`,
      {
        details: { path: placeOf(file), jobId: purge.job_id },
        hint: 'What was purged is gone for good, and there is no answer without it.',
      },
    );
  const problem = `${file.path} of job ${file.job_id}, which ${until}, is gone: ${placeOf(file)} has not got its bytes`;
  return new GexlakeError('FILE_SYSTEM', problem, {
    details: { path: placeOf(file), jobId: file.job_id },
    hint: '`gexlake repair` shows whether it can be put back; else it must come from a backup. Without it there is no answer.',
  });
}
