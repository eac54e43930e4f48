import { resolve } from 'node:path';
import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/clock.ts';
import { inMemory, type Database } from './database.ts';
import { lockHolder, toDatabaseError } from './database-errors.ts';
import { attachFile, openFile, type EngineOptions, type Opened } from './opening.ts';
import { sqlName, sqlText } from './sql.ts';

export { inMemory, type Database, type Row } from './database.ts';
export { jsonLines, parquetColumns, parquetFacts, parquetRows } from './file-scan.ts';
export { isOfWal } from './database-errors.ts';
export { engineVersion, fingerprint, fingerprintTables, type Fingerprint, type TablePrint } from './fingerprint.ts';
export { hasTable, missingMigrations, type AddedColumn, type Migration, upgradeSchema } from './upgrade.ts';
export { loadEngine } from './opening.ts';
export { closeEngine, type Allowed } from './closed-engine.ts';
export { collect, copyUserQuery, streamUserQuery, type QueryControl } from './query.ts';
export { sqlName, sqlText } from './sql.ts';
export { streamBlocks, type Block, type NumberList } from './stream.ts';

export type DatabaseOptions = EngineOptions & {
  readonly clock: Clock;
  /** The command line of a process, to say who holds a lock; null where it cannot be seen. */
  readonly commandOf: (pid: number) => string | null;
  /** Looks at a file before the engine does: throws where it is none, and could let the engine wait for ever. */
  readonly mustBeFile?: (path: string) => Promise<void>;
  /** How long a lock held by another process is waited for, in milliseconds. */
  readonly lockWait_ms?: number;
  /** Hears how long a lock was waited for, in milliseconds, each time that it was not free at once. */
  readonly onLockWait?: (waited_ms: number) => void;
  /** Whether the file will be opened again and again: the engine then stays when the file is closed. */
  readonly opensOften?: boolean;
};

/**
 * The files that this process has open or is waiting for, each with the end of its queue. Two DuckDB instances of one file in
 * one process lose each other's writes without an error, so a second user of a file waits here until the first has closed it.
 */
const queues = new Map<string, Promise<void>>();

/**
 * Opens a database for as long as `act` runs. At most one instance of a file exists in this process; a lock held by another
 * process is waited for, bounded, and then reported as LOCK_BUSY with its holder.
 */
export async function withDatabase<T>(
  path: string,
  options: DatabaseOptions,
  act: (database: Database) => Promise<T>,
): Promise<T> {
  if (path === inMemory) return useDatabase(path, options, act);
  return inTurn(path, () => useDatabase(resolve(path), options, act));
}

/**
 * Like {@link withDatabase}, for who reads the file itself beside the engine: `afterwards` runs when the database is closed and before
 * anyone else of this process opens it, and only there may that reader close the file. Closing any handle of a file ends the lock
 * that this process has on it (POSIX), and another process could begin to write in the middle.
 */
export async function withDatabaseFile<T>(
  path: string,
  options: DatabaseOptions,
  { act, afterwards }: { act: (database: Database) => Promise<T>; afterwards: () => Promise<void> },
): Promise<T> {
  return inTurn(path, async () => {
    try {
      return await useDatabase(resolve(path), options, act);
    } finally {
      await afterwards();
    }
  });
}

/**
 * Holds a database read-only while `act` runs, which keeps every writer out, where it can be opened at all. Where it cannot for an error that
 * `isUnusable` knows, `act` runs all the same. @throws LOCK_BUSY
 */
export async function holdingIfUsable<T>(
  path: string,
  options: DatabaseOptions,
  { isUnusable, act }: { readonly isUnusable: (error: unknown) => boolean; readonly act: () => Promise<T> },
): Promise<T> {
  let opened = false;
  try {
    return await withDatabase(path, { ...options, readOnly: true }, async () => {
      opened = true;
      return act();
    });
  } catch (error) {
    if (opened || !isUnusable(error)) throw error;
    return act();
  }
}

/** A database file, and the name under which its tables are found while it is attached. */
type Attachment = { readonly path: string; readonly name: string; readonly options: DatabaseOptions };

/** Attaches a database file read-only to an open one for as long as `act` runs; waits for its lock like opening does. */
export async function withAttached<T>(
  database: Database,
  { path, name, options }: Attachment,
  act: () => Promise<T>,
): Promise<T> {
  return inTurn(path, async () => {
    await options.mustBeFile?.(resolve(path));
    await waiting(path, options, () =>
      database.connection.run(`ATTACH ${sqlText(path)} AS ${sqlName(name)} (READ_ONLY)`),
    );
    try {
      return await act();
    } finally {
      await database.run(`DETACH ${sqlName(name)}`);
    }
  });
}

async function inTurn<T>(path: string, act: () => Promise<T>): Promise<T> {
  const key = resolve(path);
  const before = queues.get(key) ?? Promise.resolve();
  const mine = before.then(act);
  const settled = mine.then(
    () => undefined,
    () => undefined,
  );
  queues.set(key, settled);
  try {
    return await mine;
  } finally {
    if (queues.get(key) === settled) queues.delete(key);
  }
}

async function useDatabase<T>(
  path: string,
  options: DatabaseOptions,
  act: (database: Database) => Promise<T>,
): Promise<T> {
  const open = options.opensOften === true ? attachFile : openFile;
  if (path !== inMemory) await options.mustBeFile?.(path);
  const opened: Opened = await waiting(path, options, () => open(path, options));
  try {
    return await act(opened.database);
  } finally {
    await opened.close();
  }
}

/**
 * Tries until the lock is free. Nobody hands a lock on, so who looks most often gets it: the longer somebody has waited, the shorter
 * are the pauses, and a newcomer leaves it to those before. They vary, so that waiting processes do not keep step with each other.
 * Measured: of six processes that ask again at once for eight seconds, the unluckiest waited 0.9 to 1.7 s at most and had 14 to 30
 * turns; with pauses that grow from 2 to 60 ms it waited 3.4 s and had 18, while the luckiest had 47.
 */
async function waiting<T>(path: string, options: DatabaseOptions, attempt: () => Promise<T>): Promise<T> {
  const { clock } = options;
  const began_ms = clock.monotonic_ms();
  const longest_ms = options.lockWait_ms ?? limits.lock_wait_ms;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const result = await attempt();
      if (!isFirst) options.onLockWait?.(clock.monotonic_ms() - began_ms);
      return result;
    } catch (error) {
      const holder = lockHolder(error);
      if (holder === null) throw toDatabaseError(error, path);
      const waited_ms = clock.monotonic_ms() - began_ms;
      if (waited_ms >= longest_ms) throw busy(path, { ...holder, cause: error }, options.commandOf);
      await clock.sleep(pauseAfter(waited_ms) * (0.5 + Math.random()));
    }
  }
}

/** From 20 ms at first to 2 ms after a second. */
function pauseAfter(waited_ms: number): number {
  return Math.max(2, 20 / (1 + waited_ms / 100));
}

function busy(
  path: string,
  { pid, cause }: { readonly pid: number | null; readonly cause: unknown },
  commandOf: DatabaseOptions['commandOf'],
): GexlakeError {
  const command = pid === null ? null : commandOf(pid);
  const holder = pid === null ? 'another process' : `process ${pid}${command === null ? '' : ` (${command})`}`;
  return new GexlakeError('LOCK_BUSY', `${path} is in use by ${holder}`, {
    details: { path, ...(pid === null ? {} : { pid }) },
    hint: 'Close that program, or wait until it is done, and try again. Other tools should open the file only briefly and read-only.',
    cause,
  });
}
