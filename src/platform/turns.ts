import { open } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { fileError } from './file-errors.ts';
import { makeFolder } from './folders.ts';
import { listNames } from './listing.ts';
import { remove } from './work-files.ts';

/** A folder by which processes take turns, what their files there are called, and how far apart turns are. */
export type Turns = {
  readonly folder: string;
  readonly name: string;
  readonly every_ms: number;
  readonly clock: Clock;
};

/**
 * So much later than its time a turn still is one, at least as much as timers and the making of a file take; and so many that are over are
 * kept, against clocks that differ.
 */
const lateness_share = 0.05;
const leastLateness_ms = 25;
const kept = 60;

/**
 * Waits for a turn of this process's own. Time is divided into turns by the wall clock, and whoever makes the file that has a turn's
 * number has that turn: nothing is held that a killed process could leave behind, and two turns of one folder begin at least `every_ms`
 * apart, but for the lateness.
 * @returns the time for which it was taken, in milliseconds
 */
export async function takeTurn({ folder, name, every_ms, clock }: Turns): Promise<number> {
  if (every_ms === 0) return clock.now_ms();
  await makeFolder('stage:folder', folder);
  const lateness_ms = Math.max(every_ms * lateness_share, leastLateness_ms);
  for (let turn = Math.ceil(clock.now_ms() / every_ms); ; turn++) {
    const at_ms = turn * every_ms;
    if (clock.now_ms() > at_ms + lateness_ms) {
      turn = Math.ceil(clock.now_ms() / every_ms) - 1;
      continue;
    }
    if (!(await isTaken(join(folder, `${name}${turn}`)))) continue;
    await clock.sleep(Math.max(0, at_ms - clock.now_ms()));
    // A process that was held up meanwhile must not come close to the next.
    if (clock.now_ms() > at_ms + lateness_ms) continue;
    await clear(join(folder, name), turn);
    return at_ms;
  }
}

/** Whether the turn could be taken: its file is made here and now, and by nobody else. */
async function isTaken(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === 'EEXIST') return false;
    throw fileError('create', path, failure);
  }
}

/** Removes the files of turns that are long over; `prefix` is the path of any of them without its number. */
async function clear(prefix: string, turn: number): Promise<void> {
  const [folder, start] = [dirname(prefix), basename(prefix)];
  const old = (await listNames(folder)).filter(
    (name) => name.startsWith(start) && Number(name.slice(start.length)) < turn - kept,
  );
  for (const name of old) await remove('clean:remove', join(folder, name));
}
