import { join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { GexlakeError } from '../core/errors.ts';
import { changedAt_ms, mustBeWritable } from '../platform/files.ts';
import { makeFolder, withTemporaryFolder } from '../platform/folders.ts';
import { listFolders } from '../platform/listing.ts';
import { remove } from '../platform/work-files.ts';
import { lookFor, ownIdentity } from '../platform/processes.ts';
import type { GovernContext } from './context.ts';

let made = 0;

/**
 * Like {@link withPrivateFolder} for what is to be done; a plan that is only to be printed does with the system's temporary folder where
 * the data folder cannot be written.
 */
export async function withPlanningFolder<T>(
  context: GovernContext,
  apply: boolean,
  act: (path: string) => Promise<T>,
): Promise<T> {
  const isWritable = await mustBeWritable(context.folder.root).then(
    () => true,
    () => false,
  );
  if (apply || isWritable) return withPrivateFolder(context, act);
  return withTemporaryFolder('gexlake-plan-', async (path) => {
    if (path !== null) return act(path);
    throw new GexlakeError('FOLDER_NOT_WRITABLE', 'there is no folder for what a plan has to try', {
      hint: 'Name one that can be written, by TMPDIR.',
    });
  });
}

/**
 * Runs `act` with a private folder of its own, on the same disk as the data and outside everything that readers or importers
 * look at. It goes afterwards; those of processes that are gone go first.
 */
export async function withPrivateFolder<T>(context: GovernContext, act: (path: string) => Promise<T>): Promise<T> {
  const { folder } = context;
  for (const name of await listFolders(folder.maintenance)) {
    if (await isLeft(context, name)) await remove('clean:remove', join(folder.maintenance, name));
  }
  // Disks of Windows know no colon in a name.
  const path = join(folder.maintenance, `${ownIdentity().replaceAll(':', '%')},${made++}`);
  await makeFolder('govern:folder', path);
  try {
    return await act(path);
  } finally {
    await remove('clean:remove', path).catch(unlessDefect(undefined));
  }
}

/** Whether nobody comes back to a private folder. Where its process cannot be seen from here, a day without a change says so. */
async function isLeft({ folder, clock, limits }: GovernContext, name: string): Promise<boolean> {
  const changed_ms = await changedAt_ms(join(folder.maintenance, name));
  // An identity and a count, with a comma between.
  const sight = lookFor((name.split(',')[0] ?? '').replaceAll('%', ':'), changed_ms);
  if (sight !== 'unseen') return sight === 'gone';
  return changed_ms !== null && clock.now_ms() - changed_ms > limits.private_folder_kept_ms;
}
