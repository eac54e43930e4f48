import { GexlakeError } from '../core/errors.ts';
import type { ParquetFile } from '../core/job.ts';
import type { FileStore } from '../store/store.ts';

/**
 * Makes sure that published files are still there, as long as the log says, before anything is read from them: an answer
 * from a part of the data would be a wrong one.
 *
 * @throws FILE_SYSTEM that names the first one that is not
 */
export async function requireLive(live: readonly ParquetFile[], store: FileStore): Promise<void> {
  for (const file of live) {
    const { path } = file;
    const size_bytes = (await store.stat(path))?.size_bytes ?? null;
    if (size_bytes === file.size_bytes) continue;
    const found = size_bytes === null ? 'is missing' : `has ${size_bytes} bytes, published were ${file.size_bytes}`;
    throw new GexlakeError('FILE_SYSTEM', `published file ${file.path} of job ${file.job_id} ${found}`, {
      details: { path, jobId: file.job_id },
      hint: 'Something other than gexlake has changed parquet/. `gexlake repair` shows how the file is put back; with --apply it is.',
    });
  }
}
