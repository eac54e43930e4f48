import { dirname, join } from 'node:path';
import { unlessDefect } from '../../core/defects.ts';
import { GexlakeError } from '../../core/errors.ts';
import { keptFolders } from '../../core/kept-places.ts';
import { limits } from '../../core/limits.ts';
import {
  isOfWal,
  upgradeSchema,
  missingMigrations,
  withAttached,
  withDatabase,
  type Database,
  type DatabaseOptions,
} from '../../db/db.ts';
import { exists, identityOf } from '../../platform/files.ts';
import { LogChange } from '../sql/change.ts';
import { noteRun } from '../sql/runs.ts';
import type { Sql } from '../sql/session.ts';
import type { Transactions } from '../sql/transactions.ts';
import type { WholeLog } from '../whole-log.ts';
import { Journal, type Position } from '../../journal/journal.ts';
import { tellWithoutDatabase, unlessDamaged } from './lost-journal.ts';
import { requireNothingPublished } from './lost-log.ts';
import { isDamage } from './damaged.ts';
import {
  attachReplayed,
  heal,
  isOnlyBegun,
  isWithoutJournal,
  putAside,
  putWalAside,
  withReplayed,
  type Healing,
} from './heal.ts';
import { compareWithJournal } from './compare.ts';
import { appliedOf, isBegunFrom, requireSameHistory } from './journal-position.ts';
import { requireKnownEvents } from './known-events.ts';
import { bringToEnd, changeJournaled, isBehind, NeedsReplay, requireOurs } from './log-journal.ts';
import { takeLeftWalAway } from './left-wal.ts';
import { layoutOf, requireKnownLayout } from './data-layout.ts';
import { requireMayWrite } from './may-write.ts';
import { migrations } from './migrations.ts';
import { showAsNewest } from './older-layout.ts';

/** From which layout to which a log is about to be brought. */
export type Upgrade = { readonly found: number; readonly newest: number };

export type LogOptions = DatabaseOptions & {
  /** Saves a log before it is brought to this version's layout, which older versions refuse. */
  readonly beforeUpgrade?: (upgrade: Upgrade) => Promise<void>;
  /** Hears, in words, that the database was made again from its journal, or a journal begun where one was gone. */
  readonly onNotice?: (message: string) => void;
};

/** A file takes its place by one rename, and who does that twice takes longer than this. */
const replacedPause_ms = 20;

/** The file of the log, opened for one short transaction at a time and closed again, so that others can work in between. */
export class LogFile implements Transactions {
  readonly path: string;
  readonly options: DatabaseOptions;
  readonly journal: Journal;
  readonly #beforeUpgrade: (upgrade: Upgrade) => Promise<void>;
  readonly #onNotice: (message: string) => void;
  /** The file that is known to have the newest layout. Another one may have taken its place since, from a backup. */
  #newest: string | null = null;
  #hasLookedForWal = false;

  constructor(
    path: string,
    { beforeUpgrade = async () => undefined, onNotice = () => undefined, ...options }: LogOptions,
  ) {
    this.path = path;
    this.journal = new Journal(join(dirname(path), keptFolders.journal));
    this.#onNotice = onNotice;
    this.options = { ...options, threads: 1, opensOften: true };
    this.#beforeUpgrade = beforeUpgrade;
  }

  /** Whether there is a log: its file, or the journal from which that is made. */
  readonly isThere = async (): Promise<boolean> =>
    (await exists(this.path)) || this.journal.isThere().catch(unlessDamaged(true));

  /**
   * Runs `act` read-only, which needs no right to write, and goes together with other readers. A log of an older schema stays as it
   * is, and so does one that lacks what its journal has, or is damaged: then `act` gets what the journal says, in memory.
   */
  readonly read = async <T>(act: (sql: Sql) => Promise<T>, none: T): Promise<T> => {
    const file = await identityOf(this.path);
    if (file === null) return this.#readReplayed(act, none).catch(tellWithoutDatabase);
    try {
      const found = await this.#reading(async (database) => {
        await this.#showNewest(database, file);
        if (await isBehind(database, this.journal)) return null;
        return { value: await database.transaction(() => act(database)) };
      });
      if (found !== null) return found.value;
    } catch (error) {
      if (await this.#isOnlyBegun(error)) return none;
      if (!isDamage(error) || !(await this.#isJournaled())) throw error;
    }
    return withReplayed(this.#healing, act);
  };

  readonly write = async <T>(act: (change: LogChange) => Promise<T>): Promise<T> => {
    // A journal that is damaged is told before an empty database takes the place of the one that is gone.
    if (!(await exists(this.path)) && !(await this.#healIfJournaled().catch(tellWithoutDatabase)))
      await requireNothingPublished(dirname(this.path));
    try {
      return await this.#writing(act);
    } catch (error) {
      if (await this.#isOnlyBegun(error)) return this.#beginAgain(act);
      // A log of before there were journals: what is in a WAL alone nobody was told of.
      if (isOfWal(error) && (await isWithoutJournal(this.journal))) return this.#withoutWal(act);
      if (!(error instanceof NeedsReplay) && !(isDamage(error) && (await this.#isJournaled()))) throw error;
      await this.#heal();
      return this.#writing(act);
    }
  };

  /** Makes the log whole where its file is gone or damaged and it has a journal; gives whether there was anything to do. */
  readonly mend = async (): Promise<boolean> => {
    if (!(await exists(this.path))) return this.#healIfJournaled().catch(tellWithoutDatabase);
    if (!(await this.#isJournaled())) return false;
    await this.#takeLeftWalAway().catch((error: unknown) => {
      if (!isDamage(error)) throw error;
    });
    return this.#heal();
  };

  /** Who may not read the journal, or cannot, knows nothing of it. */
  readonly journaledSince = (): Promise<string | null> => this.journal.beganAt().catch(unlessDefect(null));

  /** The layout that the log says the data folder has; null where there is none that can be read. */
  readonly folderLayout = async (): Promise<number | null> => {
    if (!(await exists(this.path))) return null;
    return this.#reading(layoutOf).catch(async (error: unknown) => {
      if ((await this.#isOnlyBegun(error)) || (isDamage(error) && (await this.#isJournaled()))) return null;
      throw error;
    });
  };

  /**
   * Attaches the log's file to an engine in memory under a name, as its current catalog, for as long as `act` runs. False where there is
   * none, or its journal has more to say.
   */
  readonly attach = async (database: Database, name: string, act: () => Promise<void>): Promise<boolean> => {
    if (!(await exists(this.path))) return !(await this.#isJournaled());
    const { path, options } = this;
    try {
      return await withAttached(database, { path, name, options }, async () => {
        await database.run(`USE ${name}`);
        try {
          if (await isBehind(database, this.journal)) return false;
          await act();
          return true;
        } finally {
          await database.run('USE memory');
        }
      });
    } catch (error) {
      if (await this.#isOnlyBegun(error)) return true;
      if (!isDamage(error) || !(await this.#isJournaled())) throw error;
      return false;
    }
  };

  /** See {@link WholeLog.compare}. */
  readonly compare: WholeLog['compare'] = async (onHash) => {
    if (!(await exists(this.path))) return null;
    return this.#reading(async (database) => {
      const applied = await appliedOf(database);
      const end = await this.journal.position();
      if (end.size === 0 && (await this.journal.mayBegin())) return null;
      if (applied === null) {
        if (await this.journal.isThere()) await requireKnownEvents(database, this.#healing);
        return [];
      }
      if (await isBegunFrom(this.journal, applied, end)) return [];
      await requireSameHistory(this.journal, applied, end);
      // What a crash has kept from it is applied by the next who writes, and is no edit.
      return applied.size < end.size ? [] : compareWithJournal(database, this.#healing, onHash);
    });
  };

  /** See {@link WholeLog.remake}. */
  readonly remake = async (): Promise<string | null> => {
    const healed = await heal({ ...this.#healing, always: true });
    this.#newest = null;
    return healed?.aside ?? null;
  };

  /** See {@link WholeLog.requireMayWrite}. */
  readonly requireMayWrite = (): Promise<void> => requireMayWrite(this.#healing);

  /** See {@link WholeLog.applied}. */
  readonly applied = async (): Promise<Position | null> => {
    if (!(await exists(this.path))) return null;
    const found = await this.#reading(appliedOf);
    return found === null || found.size === 0 ? null : { size: found.size, head: found.head };
  };

  /** Like {@link attach}, with the rows that the journal has. */
  readonly attachReplayed = (database: Database, name: string, act: () => Promise<void>): Promise<void> =>
    attachReplayed(this.#healing, { database, name, act });

  async #writing<T>(act: (change: LogChange) => Promise<T>): Promise<T> {
    await this.#saveIfOlder();
    await this.#takeLeftWalAway();
    const require = async (database: Database) => {
      const applied = await requireOurs(database, this.#healing);
      // A database that was begun and got no further is no log.
      const isEmpty = applied === null && (await missingMigrations(database, migrations)).length === migrations.length;
      if (isEmpty) await requireNothingPublished(dirname(this.path));
    };
    return this.opened(require, async (database, now, file) => {
      await bringToEnd(database, this.#healing, { now, onNotice: this.#onNotice });
      const mustBeThere = async () => {
        if ((await identityOf(this.path)) !== file) throw replacedMeanwhile(this.path);
      };
      return changeJournaled(database, this.journal, { change: new LogChange(database, now), act, mustBeThere });
    });
  }

  /**
   * Opens the log's file to write into it, brought to this version's layout once `require` has let it pass. A file that was replaced while
   * it was being opened is left, and the new one opened, for as long as a lock is waited for.
   */
  async opened<T>(
    require: (database: Database) => Promise<void>,
    act: (database: Database, now: string, file: string) => Promise<T>,
  ): Promise<T> {
    const { clock, lockWait_ms = limits.lock_wait_ms } = this.options;
    const began_ms = clock.monotonic_ms();
    for (;;) {
      let hasBegun = false;
      try {
        return await this.#openedOnce(require, (...opened) => {
          hasBegun = true;
          return act(...opened);
        });
      } catch (error) {
        const isBusy = error instanceof GexlakeError && error.code === 'LOCK_BUSY';
        if (!isBusy || hasBegun || clock.monotonic_ms() - began_ms >= lockWait_ms) throw error;
        await clock.sleep(replacedPause_ms);
      }
    }
  }

  async #openedOnce<T>(
    require: (database: Database) => Promise<void>,
    act: (database: Database, now: string, file: string) => Promise<T>,
  ): Promise<T> {
    let opened: string | null = null;
    const mustBeFile = async (path: string) => {
      await this.options.mustBeFile?.(path);
      opened = await identityOf(path);
    };
    return withDatabase(this.path, { ...this.options, mustBeFile }, async (database) => {
      const now = new Date(this.options.clock.now_ms()).toISOString();
      const file = await identityOf(this.path);
      // A file that was given another name after it was opened is not the log's any more, and its lock keeps nobody out.
      if (file === null || (opened !== null && file !== opened)) throw replacedMeanwhile(this.path);
      if (file !== this.#newest) {
        await requireKnownLayout(database);
        await require(database);
        await upgradeSchema(database, migrations, now);
        this.#newest = file;
      }
      return act(database, now, file);
    });
  }

  async #showNewest(database: Database, file: string): Promise<void> {
    if (file === this.#newest) return;
    const missing = await missingMigrations(database, migrations);
    await requireKnownLayout(database);
    if (missing.length > 0) await showAsNewest(database, missing);
    else this.#newest = file;
  }

  get #healing(): Healing {
    return { path: this.path, options: this.options, journal: this.journal };
  }

  async #isJournaled(): Promise<boolean> {
    return this.journal.isThere().catch(unlessDefect(false));
  }

  /** Whether an error is about a file of which a power cut has left a part of its beginning, before anything was in it. */
  async #isOnlyBegun(error: unknown): Promise<boolean> {
    return isDamage(error) && isOnlyBegun(this.#healing);
  }

  async #beginAgain<T>(act: (change: LogChange) => Promise<T>): Promise<T> {
    const aside = await putAside(this.path, this.options.clock.now_ms());
    this.#onNotice(`the job log was begun and never finished, and is begun again; what there was is kept as ${aside}`);
    return this.#writing(act);
  }

  async #withoutWal<T>(act: (change: LogChange) => Promise<T>): Promise<T> {
    const aside = await putWalAside(this.path, this.options.clock.now_ms());
    this.#onNotice(`a crash has left a WAL of the job log that is not whole; it is kept as ${aside}`);
    return this.#writing(act);
  }

  async #readReplayed<T>(act: (sql: Sql) => Promise<T>, none: T): Promise<T> {
    return (await this.journal.isThere()) ? withReplayed(this.#healing, act) : none;
  }

  async #healIfJournaled(): Promise<boolean> {
    return (await this.journal.isThere()) && this.#heal();
  }

  /** Gives whether there was anything to do. */
  async #heal(): Promise<boolean> {
    const healed = await heal(this.#healing);
    this.#newest = null;
    if (healed === null) return false;
    this.#onNotice(await this.#healedText(healed.aside));
    await this.#writing((change) => noteRun(change, 'heal', 'gexlake'));
    return true;
  }

  async #healedText(aside: string | null): Promise<string> {
    const { size } = await this.journal.position();
    const cut = (await this.journal.isCut())
      ? '; what lies behind them was no whole entry and is left out, as a crash may have cut one that nobody was told of'
      : '';
    const before = aside === null ? 'its file was gone' : `the file before is kept as ${aside}`;
    return `the job log was made again from its journal, with every row of its ${size} entries${cut}; ${before}`;
  }

  async #saveIfOlder(): Promise<void> {
    const file = await identityOf(this.path);
    if (file === null || file === this.#newest) return;
    const missing = await this.#reading((database) => missingMigrations(database, migrations));
    const found = migrations.findLast((migration) => !missing.includes(migration))?.version;
    const newest = migrations.at(-1)?.version;
    // One that was begun and has no layout yet holds nothing.
    if (missing.length > 0 && found !== undefined && newest !== undefined) await this.#beforeUpgrade({ found, newest });
  }

  /** Once: after a power cut every process is a new one, and what a killed process leaves beside others DuckDB applies as it should. */
  async #takeLeftWalAway(): Promise<void> {
    if (!this.#hasLookedForWal && (await exists(this.path))) await takeLeftWalAway(this.#healing);
    this.#hasLookedForWal = true;
  }

  async #reading<T>(act: (database: Database) => Promise<T>): Promise<T> {
    return withDatabase(this.path, { ...this.options, readOnly: true }, act);
  }
}

function replacedMeanwhile(path: string): GexlakeError {
  return new GexlakeError('LOCK_BUSY', `${path} was replaced by another process while it was being opened`, {
    details: { path },
    hint: 'Nothing was changed. Try again.',
  });
}
