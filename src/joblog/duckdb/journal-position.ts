import { GexlakeError } from '../../core/errors.ts';
import { toText } from '../../core/row-texts.ts';
import { hasTable, type Database } from '../../db/db.ts';
import { forkedHint, lostHint, type Journal, type Position } from '../../journal/journal.ts';
import { migrations } from './migrations.ts';

/** How much of the journal a database has, and which schema its tables had when its rows were last written to the journal. */
export type Applied = Position & { readonly schema_version: number };

export const newestSchema = Math.max(...migrations.map(({ version }) => version));

/** Null where the database has nothing of a journal: a new one, or one from before there was a journal. */
export async function appliedOf(database: Database): Promise<Applied | null> {
  const row = await database
    .first('SELECT size, head, schema_version FROM journal_position')
    .catch(async (error: unknown) => {
      // One from before the table, which a database that is only read does not get, is asked about only when that fails.
      if (await hasTable(database, 'journal_position')) throw error;
      return null;
    });
  if (row === null) return null;
  return { size: Number(row['size']), head: toText(row['head']), schema_version: Number(row['schema_version']) };
}

export async function setApplied(database: Database, { size, head }: Position): Promise<void> {
  const values = [size, head, newestSchema];
  const set = 'UPDATE journal_position SET size = $1, head = $2, schema_version = $3 RETURNING 1 AS changed';
  if ((await database.first(set, values)) === null)
    await database.run('INSERT INTO journal_position VALUES ($1, $2, $3)', values);
}

/**
 * Makes sure that what a database has is the beginning of the journal.
 * @throws LOG_ROLLED_BACK, LOG_FORKED: nothing is changed then
 */
export async function requireSameHistory(journal: Journal, applied: Position, end: Position): Promise<void> {
  const head = await headAt(journal, applied.size, end);
  if (head === applied.head) return;
  const isShorter = head === null;
  const problem = isShorter
    ? `the journal ${journal.root} has ${end.size} entries, and the job log has had ${applied.size} of them`
    : `the journal ${journal.root} is not the one that the job log was made by: entry ${applied.size - 1} differs`;
  throw new GexlakeError(isShorter ? 'LOG_ROLLED_BACK' : 'LOG_FORKED', problem, {
    details: { path: journal.root },
    hint: isShorter ? lostHint : forkedHint,
  });
}

/** Whether a journal was begun anew from a database, and a crash has kept that from it. @throws JOURNAL_DAMAGED */
export async function isBegunFrom(journal: Journal, applied: Position, end: Position): Promise<boolean> {
  return end.size > 0 && (await headAt(journal, applied.size, end)) !== applied.head && journal.follows(applied);
}

async function headAt(journal: Journal, size: number, end: Position): Promise<string | null> {
  return size === end.size ? end.head : journal.headAt(size);
}
