import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLake, type Lake, type Owner } from './gexlake.ts';

/** Where a run of all tests keeps prepared folders as long as it lasts; see scripts/test.ts. */
const kept = process.env['GEXLAKE_TESTS_PREPARED'];

export type PreparedFolder<T> = { readonly lake: Lake; readonly made: T };

/**
 * A data folder with the test's own files beside it, prepared once in a run: whoever comes later gets a copy, with modes and times as
 * they are. `prepare` gives something about it that JSON can hold. The log names the sources where the first had them.
 */
export async function preparedOnce<T>(
  owner: Owner,
  name: string,
  prepare: (lake: Lake) => Promise<T>,
): Promise<PreparedFolder<T>> {
  const lake = await makeLake(owner);
  if (kept === undefined) return { lake, made: await prepare(lake) };
  const place = join(kept, name);
  if (!existsSync(place)) {
    const made = await prepare(lake);
    await keep(lake, place, JSON.stringify(made));
    return { lake, made };
  }
  await copy(join(place, 'data'), lake.folder);
  await copy(join(place, 'desk'), lake.desk);
  return { lake, made: JSON.parse(await readFile(join(place, 'made.json'), 'utf8')) as T };
}

/** It gets its name once it is whole; of two that have prepared the same at once, one stays. */
async function keep(lake: Lake, place: string, made: string): Promise<void> {
  const part = await mkdtemp(`${place}-`);
  await copy(lake.folder, join(part, 'data'));
  await copy(lake.desk, join(part, 'desk'));
  await writeFile(join(part, 'made.json'), made);
  await rename(part, place).catch(() => rm(part, { recursive: true }));
}

/** A copy of a folder, with modes and times as they are. */
async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: 0, preserveTimestamps: true });
}
