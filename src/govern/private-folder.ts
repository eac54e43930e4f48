import { join } from 'node:path';
import { listFolders, makeFolder, remove } from '../platform/files.ts';
import { isGone, ownIdentity } from '../platform/processes.ts';
import type { GovernContext } from './context.ts';

let made = 0;

/**
 * Runs `act` with a private folder of its own, on the same disk as the data and outside everything that readers or importers
 * look at. It goes afterwards; those of processes that are gone go first.
 */
export async function withPrivateFolder<T>({ folder }: GovernContext, act: (path: string) => Promise<T>): Promise<T> {
  for (const name of await listFolders(folder.maintenance)) {
    // `host:pid:start,count`: a name without a colon in it would be nobody's.
    if (isGone(name.split(',')[0] ?? '')) await remove('clean:remove', join(folder.maintenance, name));
  }
  const path = join(folder.maintenance, `${ownIdentity()},${made++}`);
  await makeFolder('govern:folder', path);
  try {
    return await act(path);
  } finally {
    await remove('clean:remove', path).catch(() => undefined);
  }
}
