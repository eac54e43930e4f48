import { isMigrated, migrate, withDatabase, type Database, type DatabaseOptions } from '../../db/db.ts';
import { exists } from '../../platform/files.ts';
import { reach } from '../../platform/steps.ts';
import { LogChange } from '../sql/change.ts';
import type { Sql } from '../sql/session.ts';
import type { Transactions } from '../sql/transactions.ts';
import { requireKnownLayout } from './data-layout.ts';
import { migrations } from './migrations.ts';

/** The file of the log, opened for one short transaction at a time and closed again, so that others can work in between. */
export class LogFile implements Transactions {
  readonly path: string;
  readonly options: DatabaseOptions;
  #migrated = false;

  constructor(path: string, options: DatabaseOptions) {
    this.path = path;
    this.options = { ...options, threads: 1, opensOften: true };
  }

  readonly isThere = (): Promise<boolean> => exists(this.path);

  /** Runs `act` read-only, which needs no right to write, and goes together with other readers. */
  readonly read = async <T>(act: (sql: Sql) => Promise<T>, none: T): Promise<T> => {
    if (!(await this.isThere())) return none;
    const done = await withDatabase(this.path, { ...this.options, readOnly: true }, async (database) => {
      if (!this.#migrated) this.#migrated = await isReady(database);
      return this.#migrated ? { result: await database.transaction(() => act(database)) } : null;
    });
    return done === null ? this.write(({ sql }) => act(sql)) : done.result;
  };

  /** Runs `act` read-only on whatever layout up to the newest the log has, and never brings it to another one. */
  readonly readAsIs = async <T>(act: (database: Database) => Promise<T>, none: T): Promise<T> => {
    if (!(await this.isThere())) return none;
    return withDatabase(this.path, { ...this.options, readOnly: true }, async (database) => {
      // Only to refuse a layout that is newer than this version.
      await isMigrated(database, migrations);
      await requireKnownLayout(database);
      return database.transaction(() => act(database));
    });
  };

  readonly write = async <T>(act: (change: LogChange) => Promise<T>): Promise<T> =>
    withDatabase(this.path, this.options, async (database) => {
      const now = new Date(this.options.clock.now_ms()).toISOString();
      if (!this.#migrated) {
        await migrate(database, migrations, now);
        await requireKnownLayout(database);
      }
      this.#migrated = true;
      const result = await database.transaction(async () => {
        const outcome = await act(new LogChange(database, now));
        // A crash right here leaves the log as it was.
        await reach('log:commit');
        return outcome;
      });
      await reach('log:committed');
      return result;
    });
}

/** Whether a log has the newest form, in a data folder whose layout is known. */
async function isReady(database: Database): Promise<boolean> {
  if (!(await isMigrated(database, migrations))) return false;
  await requireKnownLayout(database);
  return true;
}
