import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { exists } from './files.ts';
import { remove } from './work-files.ts';

/** What a user asks for, and the private place beside it where it is made. */
export type NewName = { readonly target: string; readonly part: string };

/** How it is said that a name is taken. */
type Taken = { readonly cannot: string; readonly hint: string };

/**
 * Runs `make` for a new file or folder that a user asks for by its name: it makes a private one beside it, and gives that the name. Whatever
 * fails, nothing private is left; after a kill, what begins with a dot.
 * @throws FILE_EXISTS where the name is taken
 */
export async function forNewName<T>(
  path: string,
  { cannot, hint }: Taken,
  make: (name: NewName) => Promise<T>,
): Promise<T> {
  const target = resolve(path);
  // Now, and not when long work is over.
  if (await exists(target)) {
    const details = { path: target };
    throw new GexlakeError('FILE_EXISTS', `${cannot} ${target}: the name is taken`, { details, hint });
  }
  const part = partOf(target);
  // Who leaves at once leaves no part, either.
  const removeNow = () => {
    rmSync(part, { recursive: true, force: true });
  };
  process.once('exit', removeNow);
  try {
    return await make({ target, part });
  } finally {
    process.off('exit', removeNow);
    await remove('out:remove', part);
  }
}

/** A name beside the target's, short enough for a target whose name is as long as names can be. */
function partOf(target: string): string {
  return join(dirname(target), `.${basename(target).slice(0, 32)}.${randomUUID().slice(0, 8)}.part`);
}
