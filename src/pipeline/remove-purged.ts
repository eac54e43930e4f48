import { join } from 'node:path';
import { listNames } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import type { PipelineContext } from './context.ts';

/**
 * Removes what a committed purge has named, and notes that. Can be run again after a crash, and by anyone: the log says what is to go.
 * Things go into the private folder first; only when that is empty are they gone.
 */
export async function removePurged(
  { log, store }: Pick<PipelineContext, 'log' | 'store'>,
  jobId: string,
  workFolder: string,
): Promise<void> {
  const leaving = await log.purges.leaving(jobId);
  if (leaving.length === 0) return;
  // A crash before this leaves files that the log calls purged, under their names.
  await store.remove(
    leaving.map(({ path }) => path),
    { purpose: 'purge', workFolder },
  );
  // A crash before this leaves them in the private folder.
  for (const name of await listNames(workFolder)) await remove('purge:remove', join(workFolder, name));
  await log.purges.gone(jobId);
}
