import { dirname, join } from 'node:path';
import { unlessDefect } from '../core/defects.ts';
import { toGexlakeError, type ErrorReport } from '../core/errors.ts';
import { engineVersion, inMemory, withDatabase } from '../db/db.ts';
import { probeSyncs, type DiskTraits } from '../platform/disk.ts';
import { exists, freeBytes, modifiedAt_ms } from '../platform/files.ts';
import { remove } from '../platform/work-files.ts';
import { machine, type Machine } from '../platform/machine.ts';
import { mountOf, type Mount } from '../platform/mounts.ts';
import { version } from '../platform/version.ts';
import type { Note } from '../core/problem.ts';
import type { GovernContext } from './context.ts';
import { diskNotes } from './disk-notes.ts';
import { openModes } from './open-modes.ts';

/** What a data folder's disk can do and what gexlake runs on. Nothing that is there is changed; a few small files come and go. */
export type DoctorReport = {
  /** Whether gexlake can work here: the folder can be written, and databases be locked. */
  readonly ok: boolean;
  readonly data_dir: string;
  /** Whether there is a data folder already; else the folder that it would be made in was tried. */
  readonly exists: boolean;
  readonly problems: readonly ErrorReport[];
  readonly notes: readonly Note[];
  readonly disk: { readonly mount: Mount | null; readonly free_bytes: number; readonly writable: boolean } & {
    /** Null for all where nothing could be written. */
    readonly [K in keyof DiskTraits]: boolean | null;
  } & { readonly locks: boolean | null };
  readonly machine: Machine;
  readonly versions: { readonly gexlake: string; readonly node: string; readonly duckdb: string };
  /** `disk_ahead_s`: how far the clock of the disk is before ours, which on a share can be another one. */
  readonly clock: { readonly utc: string; readonly disk_ahead_s: number | null };
};

const untried = {
  links: null,
  modes: null,
  replaces: null,
  case_sensitive: null,
  file_sync: null,
  folder_sync: null,
} as const;

export async function examine(context: GovernContext): Promise<DoctorReport> {
  const { root } = context.folder;
  const isThere = await exists(root);
  const place = isThere ? root : await nearestFolder(root);
  const problems: ErrorReport[] = [];
  const attempt = async <T>(act: () => Promise<T>): Promise<T | null> =>
    act().catch((thrown: unknown) => {
      problems.push(toGexlakeError(thrown).report());
      return null;
    });
  const traits = await attempt(() => probeSyncs(place));
  const locked = traits === null ? null : await attempt(() => tryLock(context, place));
  const duckdb = await withDatabase(inMemory, context.engine, engineVersion);
  const notes = traits === null ? [] : diskNotes(root, traits);
  const open = traits?.modes === true && isThere ? await openModes(context) : [];
  const own = machine();
  return {
    ok: problems.length === 0 && traits?.file_sync === true,
    data_dir: root,
    exists: isThere,
    problems,
    notes: [...notes, ...open],
    disk: {
      mount: mountOf(root),
      free_bytes: await freeBytes(place),
      writable: traits !== null,
      ...(traits ?? untried),
      locks: traits === null ? null : locked !== null,
    },
    machine: own,
    versions: { gexlake: version(), node: own.node, duckdb },
    clock: { utc: new Date(context.clock.now_ms()).toISOString(), disk_ahead_s: locked },
  };
}

/** Makes a database, writes into it and opens it again, as the log is; gives how far the clock of its disk is before ours. */
async function tryLock(context: GovernContext, place: string): Promise<number> {
  const path = join(place, `.gexlake-probe-${process.pid}.db`);
  const began_ms = context.clock.now_ms();
  try {
    await withDatabase(path, context.engine, (database) => database.run('CREATE SEQUENCE probe'));
    await withDatabase(path, { ...context.engine, readOnly: true }, (database) =>
      database.all('FROM duckdb_sequences()'),
    );
    const written_ms = await modifiedAt_ms(path);
    // Between its beginning and now it was written; outside of that only another clock can have written it.
    const ahead_ms = written_ms < began_ms ? written_ms - began_ms : Math.max(0, written_ms - context.clock.now_ms());
    return Math.round(ahead_ms / 1000);
  } finally {
    for (const name of [path, `${path}.wal`]) await remove('clean:remove', name).catch(unlessDefect(undefined));
  }
}

async function nearestFolder(path: string): Promise<string> {
  for (let at = path; at !== dirname(at); at = dirname(at)) if (await exists(at)) return at;
  return '/';
}
