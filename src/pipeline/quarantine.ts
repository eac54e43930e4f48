import { GexlakeError } from '../core/errors.ts';
import { quarantinePath } from '../core/kept-places.ts';
import type { JobNote } from '../joblog/joblog.ts';
import { hashFile } from '../platform/checksum.ts';
import { sizeOf } from '../platform/files.ts';
import type { FileStore } from '../store/store.ts';

/** What an attempt at a job set aside, in its private folder; null where that is nothing. */
type SetAside = { readonly jobId: string; readonly privatePath: string | null; readonly workFolder: string };

/** Keeps the records that an attempt at a job set aside, from its private folder; gives what the log is to note about it. */
export async function keepQuarantine(
  store: FileStore,
  { jobId, privatePath, workFolder }: SetAside,
): Promise<JobNote[]> {
  if (privatePath === null) return [];
  const path = quarantinePath(jobId);
  const checksum = await hashFile(privatePath);
  const local = { path: privatePath, size_bytes: await sizeOf(privatePath), checksum };
  // A crash behind this leaves the file of a job that is not completed, which is discarded with its attempt.
  const put = () => store.put([{ path, local, when: { ifAbsent: true } }], { purpose: 'quarantine' });
  try {
    await put();
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'FILE_EXISTS')) throw error;
    // What an earlier attempt has left of a source that was different then.
    await discardQuarantine(store, jobId, workFolder);
    await put();
  }
  return [{ event: 'quarantined', detail: `${path}, sha256 ${checksum}`, data: { path, checksum } }];
}

/** Removes what an attempt that has published nothing has kept; the source still has these records. */
export async function discardQuarantine(store: FileStore, jobId: string, workFolder: string): Promise<void> {
  const path = quarantinePath(jobId);
  if ((await store.stat(path)) !== null) await store.remove([path], { purpose: 'quarantine', workFolder });
}
