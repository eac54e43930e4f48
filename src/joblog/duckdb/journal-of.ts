import { withDatabase, type DatabaseOptions } from '../../db/db.ts';
import { Journal } from '../../journal/journal.ts';
import { appliedOf, requireSameHistory } from './journal-position.ts';
import { requireKnownEvents } from './known-events.ts';

/**
 * Makes sure that a private copy of a log, which errors call `shownAs`, is one that its journal can bring to the end, whatever it lacks. Reads the log only.
 * @throws LOG_ROLLED_BACK, LOG_FORKED, JOURNAL_DAMAGED
 */
export async function requireJournalOf(
  { path, shownAs }: { readonly path: string; readonly shownAs: string },
  journalFolder: string,
  options: DatabaseOptions,
): Promise<void> {
  const journal = new Journal(journalFolder);
  // An engine that is read-only itself attaches no database in memory.
  await withDatabase(path, { ...options, readOnly: true, opensOften: true }, async (database) => {
    const applied = await appliedOf(database);
    if (applied === null) await requireKnownEvents(database, { path, shownAs, options, journal });
    else await requireSameHistory(journal, applied, await journal.position());
  });
}
