import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { unlessDefect } from '../core/defects.ts';
import { exists } from './files.ts';
import { listNames } from './listing.ts';
import { lookFor, ownIdentity } from './processes.ts';
import { remove } from './work-files.ts';

/** What a user asks for, and the private place beside it where it is made. */
export type NewName = { readonly target: string; readonly part: string };

/** How it is said that a name is taken. */
type Taken = { readonly cannot: string; readonly hint: string };

/**
 * Runs `make` for a new file or folder that a user asks for by its name: it makes a private one beside it, and gives that the name. Whatever
 * fails, nothing private is left; what a kill leaves begins with a dot, and goes when the same name is asked for again.
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
  await removeLeft(target);
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

/** A name beside the target's, short enough for a target whose name is as long as names can be. It says which process makes it. */
function partOf(target: string): string {
  const maker = Buffer.from(ownIdentity()).toString('base64url');
  return join(dirname(target), `${partStart(target)}${maker}.${randomUUID().slice(0, 8)}.part`);
}

function partStart(target: string): string {
  return `.${basename(target).slice(0, 32)}.`;
}

/** Removes what processes have left beside a target that were killed while they made it; of those that may live, nothing. */
async function removeLeft(target: string): Promise<void> {
  const folder = dirname(target);
  const names = await listNames(folder).catch(unlessDefect<string[]>([]));
  for (const name of names) {
    if (!name.startsWith(partStart(target))) continue;
    const maker = /^([\w-]+)\.[0-9a-f]{8}\.part$/.exec(name.slice(partStart(target).length))?.[1];
    if (maker !== undefined && lookFor(Buffer.from(maker, 'base64url').toString(), null) === 'gone')
      await remove('out:remove', join(folder, name));
  }
}
