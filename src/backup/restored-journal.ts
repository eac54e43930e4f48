import { join } from 'node:path';
import { keptFolders } from '../core/kept-places.ts';
import type { DataFolder } from '../core/data-folder.ts';
import { GexlakeError } from '../core/errors.ts';
import { Journal, lostHint, type Position } from '../journal/journal.ts';

/**
 * The journal that a restored log goes on with. `present`: that of the data folder, which brings the log to its end, so that nothing is
 * lost. `saved`: that of the snapshot, where the data folder has none that is whole, or only its beginning. `none`: the next command that
 * writes begins one.
 */
export type JournalOfRestored = 'present' | 'saved' | 'none';

/** Errors that say that a journal is not what it should be. */
const ofJournal = new Set<string>(['JOURNAL_DAMAGED', 'LOG_ROLLED_BACK', 'LOG_FORKED']);

export function isOfJournal(error: unknown): boolean {
  return error instanceof GexlakeError && ofJournal.has(error.code);
}

/**
 * Reads both journals from their beginning to their end, and chooses.
 * @throws LOG_FORKED where neither is the beginning of the other, JOURNAL_DAMAGED where there is no other: nothing is changed then
 */
export async function chooseJournal(target: DataFolder, snapshotFolder: string): Promise<JournalOfRestored> {
  const saved = new Journal(join(snapshotFolder, keptFolders.journal));
  const present = new Journal(target.journal);
  const savedEnd = await saved.readWhole();
  const presentEnd = await readPresent(present).catch((error: unknown) => {
    if (isOfJournal(error) && savedEnd.size > 0) return null;
    throw error;
  });
  if (savedEnd.size === 0) return presentEnd === null || presentEnd.size === 0 ? 'none' : 'present';
  if (presentEnd === null || presentEnd.size === 0) return 'saved';
  const [older, newer, choice] =
    savedEnd.size <= presentEnd.size ? [savedEnd, present, 'present' as const] : [presentEnd, saved, 'saved' as const];
  if ((await newer.headAt(older.size)) !== older.head) throw await forked(present, snapshotFolder);
  return choice;
}

/** @throws JOURNAL_DAMAGED, also where it has lost its entries */
async function readPresent(journal: Journal): Promise<Position> {
  return (await journal.isThere()) ? journal.readWhole() : journal.position();
}

/** A journal that was begun anew says how far the one before it went. */
async function forked(present: Journal, snapshotFolder: string): Promise<GexlakeError> {
  const details = { path: present.root };
  for await (const { entry } of present.entries()) {
    if (entry.before === undefined) break;
    const problem = `${snapshotFolder} is from before ${entry.committed_at}, when the journal ${present.root} was begun anew: whether it is of the same log cannot be shown`;
    const hint =
      'What the log has now is not lost by leaving it. To go back to this snapshot all the same, move log/ out of the data folder first; what came after the snapshot is then known from the files alone.';
    return new GexlakeError('LOG_FORKED', problem, { details, hint });
  }
  const problem = `the journal of ${snapshotFolder} is not the beginning of ${present.root}: the snapshot is of another log`;
  return new GexlakeError('LOG_FORKED', problem, { details, hint: lostHint });
}
