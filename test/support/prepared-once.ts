import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLake, type Lake, type Owner } from './gexlake.ts';

/** Where a run of all tests keeps prepared folders as long as it lasts; see scripts/test.ts. */
const kept = process.env['GEXLAKE_TESTS_PREPARED'];

export type PreparedFolder<T> = { readonly lake: Lake; readonly made: T };

type Kept<T> = { readonly folder: string; readonly desk: string; readonly made: T };

/**
 * A data folder with the test's own files beside it, prepared once in a run: each who asks gets a copy, with modes and times as they
 * are. `prepare` gives something about it that JSON can hold. The sources stay where the log names them until the run is over.
 */
export async function preparedOnce<T>(
  owner: Owner,
  name: string,
  prepare: (lake: Lake) => Promise<T>,
): Promise<PreparedFolder<T>> {
  const lake = await makeLake(owner);
  if (kept === undefined) return { lake, made: await prepare(lake) };
  const place = join(kept, `${name}.json`);
  if (!existsSync(place) && (await isOurs(place))) await keep(place, prepare);
  const { folder, desk, made } = JSON.parse(await readFile(place, 'utf8')) as Kept<T>;
  await copy(folder, lake.folder);
  await copy(desk, lake.desk);
  return { lake, made };
}

/** One prepares, and who comes meanwhile waits for it; where that takes too long, it has failed. */
async function isOurs(place: string): Promise<boolean> {
  try {
    await mkdir(`${place}.begun`);
    return true;
  } catch {
    for (let looks = 0; looks < 300 && !existsSync(place); looks++) await sleep(200);
    return !existsSync(place);
  }
}

/** It is named once it is whole; of two that have prepared the same at once, the later one counts. */
async function keep<T>(place: string, prepare: (lake: Lake) => Promise<T>): Promise<void> {
  // It goes with the run and not with the file that has prepared it.
  const lake = await makeLake({ after: () => undefined }, kept);
  const made = await prepare(lake);
  const part = `${place}.${process.pid}`;
  await writeFile(part, JSON.stringify({ folder: lake.folder, desk: lake.desk, made } satisfies Kept<T>));
  await rename(part, place);
}

/** A copy of a folder, with modes and times as they are. */
async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, mode: 0, preserveTimestamps: true });
}
