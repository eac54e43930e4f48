import { GexlakeError } from '../../core/errors.ts';
import { JournalTree, withoutDatabaseHint, type Journal } from '../../journal/journal.ts';

/** For `.catch`: a journal that is damaged, or has lost its entries, gives `instead`; everything else goes on up. */
export function unlessDamaged<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof GexlakeError && error.code === 'JOURNAL_DAMAGED') return instead;
    throw error;
  };
}

/** For `.catch` where there is no database: no new journal can be begun from it then. */
export function tellWithoutDatabase(error: unknown): never {
  if (error instanceof GexlakeError && error.code === 'JOURNAL_DAMAGED')
    throw new GexlakeError(error.code, error.message, {
      details: error.details,
      hint: withoutDatabaseHint,
      cause: error,
    });
  throw error;
}

/**
 * Makes sure that a journal goes at least as far as its checkpoint says, before a database is made from it that would lack what was lost.
 * A checkpoint has entries only that were on the disk.
 * @throws LOG_ROLLED_BACK
 */
export async function requireAllOf(journal: Journal): Promise<void> {
  const kept = await new JournalTree(journal).kept();
  const { size } = await journal.position();
  if (kept === null || kept.size <= size) return;
  throw new GexlakeError(
    'LOG_ROLLED_BACK',
    `the journal ${journal.root} has ${size} entries, and its checkpoint says that there were ${kept.size}`,
    {
      details: { path: journal.root },
      hint: `Nothing was changed. Put the folder \`log/\` back as it was, if there is a copy. Otherwise \`gexlake restore --rebuild-log\` makes the log from the ${size} entries that are there, and \`gexlake log restart\` begins a new journal then.`,
    },
  );
}
