import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { exists } from './files.ts';
import { syncFolder } from './folders.ts';
import { remove, syncWritten } from './work-files.ts';
import { linkNew } from './visible-names.ts';
import { giveToUser } from './new-files.ts';

/**
 * Makes a file that a user asks for by its name: `fill` writes a private one beside it, which is synced and gets the name by one
 * link, so that nobody ever meets half of it. Never replaces. Whatever fails, nothing is left; after a kill, a hidden part file.
 * @throws FILE_EXISTS, DISK_FULL, FOLDER_NOT_WRITABLE, FILE_SYSTEM
 */
export async function makeNewFile<T>(path: string, fill: (part: string) => Promise<T>): Promise<T> {
  const target = resolve(path);
  // Now, and not when a long query is over.
  if (await exists(target)) {
    throw new GexlakeError('FILE_EXISTS', `cannot write ${target}: the name is taken`, {
      details: { path: target },
      hint: 'gexlake never replaces a file. Take another name, or move the other file away.',
    });
  }
  const part = partOf(target);
  // Who leaves at once leaves no part, either.
  const removeNow = () => {
    rmSync(part, { force: true });
  };
  process.once('exit', removeNow);
  try {
    const result = await fill(part);
    giveToUser(part);
    await syncWritten('out:sync', part);
    await linkNew('out:link', part, target);
    // A crash right here leaves the whole file, which may not survive a power cut, and its part under another name.
    await syncFolder('out:sync-folder', dirname(target));
    return result;
  } finally {
    process.off('exit', removeNow);
    await remove('out:remove', part);
  }
}

/** A name beside the target's, short enough for a target whose name is as long as names can be. */
function partOf(target: string): string {
  return join(dirname(target), `.${basename(target).slice(0, 32)}.${randomUUID().slice(0, 8)}.part`);
}
