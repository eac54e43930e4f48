import { randomBytes } from 'node:crypto';
import { logTables } from '../../core/log-tables.ts';
import { rowReader, type LogTable } from '../../core/columns.ts';
import { unlessDefect } from '../../core/defects.ts';
import type { Database } from '../../db/db.ts';
import type { Draft, Journal, KeptSecret, RowChange } from '../../journal/journal.ts';
import { reach } from '../../platform/steps.ts';
import { toJournal } from '../journal/rows.ts';
import type { LogChange } from '../sql/change.ts';
import { applyEntry } from './apply.ts';
import type { Healing } from './heal.ts';
import {
  appliedOf,
  isBegunFrom,
  newestSchema,
  requireSameHistory,
  setApplied,
  type Applied,
} from './journal-position.ts';
import { requireKnownEvents } from './known-events.ts';

/** A database that has to be made again from the journal: it has nothing of it, or too little. */
export class NeedsReplay extends Error {}

/** More entries than these are applied by making the database again, which takes seconds for any number. */
const mostApplied = 1_000;

/** Rows that are read at once when all of them are written down. */
const rowsAtOnce = 10_000;

/** So few rows are held in memory while they are written down. */
const fewRows = 1_000;

const nonce_bytes = 16;

const ownActor = 'gexlake';

/**
 * Brings an open database to the journal's end before anything else is written: applies what a crash has kept from it, begins a journal
 * where there is none, and writes all rows down again where the tables were upgraded. A log whose journal was left behind, as by who
 * copies the database alone, begins a new one, which names the end of the old one.
 * @throws LOG_ROLLED_BACK, LOG_FORKED, JOURNAL_DAMAGED; NeedsReplay where it is better made again
 */
export async function bringToEnd(
  database: Database,
  healing: Healing,
  { now, onNotice }: { readonly now: string; readonly onNotice: (message: string) => void },
): Promise<void> {
  const { journal } = healing;
  const applied = await requireOurs(database, healing);
  const end = await journal.position();
  if (applied === null) return writeWhole(database, journal, { now });
  if (end.size === 0) {
    const { size, head } = applied;
    await writeWhole(database, journal, { now, before: { size, head } });
    return onNotice(
      `the journal ${journal.root} was gone, and a new one is begun with all rows of the log as it is: nothing is claimed any more of how the ${size} entries before came about`,
    );
  }
  if (applied.size < end.size) await applyMissing(database, journal, applied);
  if (applied.schema_version !== newestSchema) await writeWhole(database, journal, { now });
}

/**
 * Makes sure, by reading alone, that an open database can be brought to its journal's end, or that a journal may begin; gives what it
 * has of one.
 * @throws as {@link bringToEnd}
 */
export async function requireOurs(database: Database, healing: Healing): Promise<Applied | null> {
  const { journal } = healing;
  const applied = await appliedOf(database);
  if (applied === null) {
    if (!(await journal.isThere())) return null;
    await requireKnownEvents(database, healing);
    throw new NeedsReplay();
  }
  const end = await journal.position();
  if (end.size === 0 && (await journal.mayBegin())) return applied;
  if (await isBegunFrom(journal, applied, end)) throw new NeedsReplay();
  await requireSameHistory(journal, applied, end);
  return applied;
}

/** Whether a database lacks something that the journal has. One that is ahead of it, or no part of it, lacks nothing. */
export async function isBehind(database: Database, journal: Journal): Promise<boolean> {
  // Who may not read the journal, or cannot, has the database.
  const end = await journal.position().catch(unlessDefect(null));
  if (end === null || end.size === 0) return false;
  const applied = await appliedOf(database);
  if (applied === null) return true;
  if (applied.size >= end.size) return false;
  return (await journal.headAt(applied.size).catch(unlessDefect(null))) === applied.head;
}

async function applyMissing(database: Database, journal: Journal, applied: Applied): Promise<void> {
  // Who was killed may have left them in memory only; a database that is ahead of its journal is refused.
  await journal.settle();
  const secrets = await journal.secrets();
  await database.transaction(async () => {
    for await (const { entry, hash } of journal.entries(applied.size)) {
      if (entry.kind === 'whole' || entry.seq - applied.size >= mostApplied) throw new NeedsReplay();
      await applyEntry(database, journal, { entry, secrets });
      await setApplied(database, { size: entry.seq + 1, head: hash });
    }
  });
}

/** Writes all rows down in one entry: nothing that was before it counts any more. */
export async function writeWhole(
  database: Database,
  journal: Journal,
  { now, ...rest }: { readonly now: string } & Partial<Pick<Draft, 'actor' | 'before' | 'reason'>>,
): Promise<void> {
  await database.transaction(async () => {
    const secrets: KeptSecret[] = [];
    const all = allRows(database, (kept) => secrets.push(kept));
    const isSmall = (await countRows(database)) <= fewRows;
    const rows = isSmall ? await Array.fromAsync(all) : await journal.keepRows(all);
    await journal.keepSecrets(secrets);
    const isFirst = (await journal.position()).size === 0;
    const nonce = isFirst ? { nonce: randomBytes(nonce_bytes).toString('hex') } : {};
    const draft = {
      kind: 'whole',
      committed_at: now,
      actor: ownActor,
      what: ['whole'],
      rows,
      ...nonce,
      ...rest,
    } as const;
    const end = await journal.append(draft);
    await setApplied(database, end);
  });
}

/**
 * Runs `act` in a transaction whose rows are in the journal before they are in the database. What is in the journal has happened,
 * even where the database then fails: whoever opens it next applies it.
 */
export async function changeJournaled<T>(
  database: Database,
  journal: Journal,
  {
    change,
    act,
    mustBeThere,
  }: {
    readonly change: LogChange;
    readonly act: (change: LogChange) => Promise<T>;
    /** Makes sure that the database is still the log's file, whose lock lets nobody else append. */
    readonly mustBeThere: () => Promise<void>;
  },
): Promise<T> {
  const outcome: { done?: { readonly value: T }; appended?: true } = {};
  try {
    await database.transaction(async () => {
      const value = await act(change);
      outcome.done = { value };
      // A crash right here leaves the log as it was.
      await reach('log:commit');
      const { rows, secrets, what, actor, said } = change.recorded;
      if (rows.length === 0) return;
      await mustBeThere();
      await journal.keepSecrets(secrets);
      const end = await journal.append({
        kind: 'change',
        committed_at: change.now,
        actor: actor ?? ownActor,
        what,
        ...said,
        rows,
      });
      outcome.appended = true;
      await reach('log:journaled');
      await setApplied(database, end);
    });
  } catch (error) {
    if (outcome.appended !== true) throw error;
  }
  await reach('log:committed');
  if (outcome.done === undefined) throw new Error('a transaction ended without a result');
  return outcome.done.value;
}

async function countRows(database: Database): Promise<number> {
  let rows = 0;
  for (const { name } of logTables)
    rows += Number((await database.first(`SELECT count(*) AS rows FROM ${name}`))?.['rows']);
  return rows;
}

async function* allRows(
  database: Database,
  onSecret: (kept: KeptSecret) => void,
): AsyncGenerator<RowChange, void, void> {
  for (const table of logTables) {
    const read = rowReader(table.columns);
    for await (const rows of batchesOf(database, table))
      for (const row of rows) yield { table: table.name, row: toJournal(table, read(row), onSecret) };
  }
}

async function* batchesOf(database: Database, table: LogTable) {
  const last = await database.first(`SELECT max(rowid) AS rowid FROM ${table.name}`);
  if (last === null || last['rowid'] === null) return;
  for (let from = 0; from <= Number(last['rowid']); from += rowsAtOnce)
    yield database.all(`SELECT * FROM ${table.name} WHERE rowid >= $1 AND rowid < $2`, [from, from + rowsAtOnce]);
}
