import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { kindOf } from './files.ts';

/** What a path leads to, links followed; null also where it cannot be looked at. */
export async function kindSeen(path: string): Promise<Awaited<ReturnType<typeof kindOf>>> {
  return kindOf(path).catch(unlessDefect(null));
}

/**
 * The first of some places that is a path or a folder above it, whatever links, mounts and spellings lie between; null where none
 * is. The path, or the folder that it is to lie in, must exist; a place that does not is no place of anything.
 */
export async function placeOf(path: string, places: readonly string[]): Promise<string | null> {
  const ids = new Map<string, string>();
  for (const place of places) {
    const id = await identityOf(place);
    if (id !== null && !ids.has(id)) ids.set(id, place);
  }
  // A file that is still to be made lies where its folder does.
  const start = await realpath(path).catch(() => realpath(dirname(path)));
  for (let at = start; ; at = dirname(at)) {
    const id = await identityOf(at);
    const place = id === null ? undefined : ids.get(id);
    if (place !== undefined) return place;
    if (at === dirname(at)) return null;
  }
}

async function identityOf(path: string): Promise<string | null> {
  return stat(path, { bigint: true }).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => null,
  );
}
