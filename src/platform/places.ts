import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What is at a path, links followed; null where nothing is. `other` is what can be neither read to its end nor listed. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | null> {
  const found = await stat(path).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return 'file';
  return found.isDirectory() ? 'folder' : 'other';
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
