import { upgradeSchema, missingMigrations, withDatabase, type Database, type DatabaseOptions } from '../../db/db.ts';
import { exists, identityOf } from '../../platform/files.ts';
import { reach } from '../../platform/steps.ts';
import { LogChange } from '../sql/change.ts';
import type { Sql } from '../sql/session.ts';
import type { Transactions } from '../sql/transactions.ts';
import { layoutOf, requireKnownLayout } from './data-layout.ts';
import { migrations } from './migrations.ts';
import { showAsNewest } from './older-layout.ts';

/** From which layout to which a log is about to be brought. */
export type Upgrade = { readonly found: number; readonly newest: number };

export type LogOptions = DatabaseOptions & {
  /** Saves a log before it is brought to this version's layout, which older versions refuse. */
  readonly beforeUpgrade?: (upgrade: Upgrade) => Promise<void>;
};

/** The file of the log, opened for one short transaction at a time and closed again, so that others can work in between. */
export class LogFile implements Transactions {
  readonly path: string;
  readonly options: DatabaseOptions;
  readonly #beforeUpgrade: (upgrade: Upgrade) => Promise<void>;
  /** The file that is known to have the newest layout. Another one may have taken its place since, from a backup. */
  #newest: string | null = null;

  constructor(path: string, { beforeUpgrade = async () => undefined, ...options }: LogOptions) {
    this.path = path;
    this.options = { ...options, threads: 1, opensOften: true };
    this.#beforeUpgrade = beforeUpgrade;
  }

  readonly isThere = (): Promise<boolean> => exists(this.path);

  /** Runs `act` read-only, which needs no right to write, and goes together with other readers. A log of an older schema stays as it is. */
  readonly read = async <T>(act: (sql: Sql) => Promise<T>, none: T): Promise<T> => {
    const file = await identityOf(this.path);
    if (file === null) return none;
    return this.#reading(async (database) => {
      if (file !== this.#newest) {
        const missing = await missingMigrations(database, migrations);
        await requireKnownLayout(database);
        if (missing.length > 0) await showAsNewest(database, missing);
        else this.#newest = file;
      }
      return database.transaction(() => act(database));
    });
  };

  readonly write = async <T>(act: (change: LogChange) => Promise<T>): Promise<T> => {
    await this.#saveIfOlder();
    return withDatabase(this.path, this.options, async (database) => {
      const now = new Date(this.options.clock.now_ms()).toISOString();
      const file = await identityOf(this.path);
      if (file === null || file !== this.#newest) {
        await requireKnownLayout(database);
        await upgradeSchema(database, migrations, now);
        this.#newest = file;
      }
      const result = await database.transaction(async () => {
        const outcome = await act(new LogChange(database, now));
        // A crash right here leaves the log as it was.
        await reach('log:commit');
        return outcome;
      });
      await reach('log:committed');
      return result;
    });
  };

  /** The layout that the log says the data folder has; null where there is no log. */
  readonly folderLayout = async (): Promise<number | null> => ((await this.isThere()) ? this.#reading(layoutOf) : null);

  async #saveIfOlder(): Promise<void> {
    const file = await identityOf(this.path);
    if (file === null || file === this.#newest) return;
    const missing = await this.#reading((database) => missingMigrations(database, migrations));
    const found = migrations.findLast((migration) => !missing.includes(migration))?.version;
    const newest = migrations.at(-1)?.version;
    // One that was begun and has no layout yet holds nothing.
    if (missing.length > 0 && found !== undefined && newest !== undefined) await this.#beforeUpgrade({ found, newest });
  }

  async #reading<T>(act: (database: Database) => Promise<T>): Promise<T> {
    return withDatabase(this.path, { ...this.options, readOnly: true }, act);
  }
}
