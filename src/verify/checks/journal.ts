import { GexlakeError } from '../../core/errors.ts';
import type { DataFolder } from '../../core/data-folder.ts';
import { keptFolders } from '../../core/kept-places.ts';
import { noteOf, problem, type Note, type Problem } from '../../core/problem.ts';
import type { JournalEntry as Entry, RowDifference } from '../../joblog/joblog.ts';
import type { GovernContext } from '../../maintenance/maintenance.ts';
import { exists } from '../../platform/files.ts';
import { mustBeOwnFolder } from '../../platform/own-places.ts';

const codes = {
  changed: 'LOG_ROW_CHANGED',
  missing: 'LOG_ROW_MISSING',
  unknown: 'LOG_ROW_UNKNOWN',
  unkept: 'LOG_LINK_UNKEPT',
} as const;

const said = {
  changed: ({ columns }: RowDifference) => `is not what the journal says: ${columns.join(', ')}`,
  missing: () => 'is in the journal and no longer in the log',
  unknown: () => 'is in the log and not in the journal, or there twice',
  unkept: () => 'has a link that log/secrets has lost; the log has it still',
} as const;

/** Holds every row of the log against its journal. Where there is only the journal, the rest is read from that. */
export async function journalProblems({ folder, log }: GovernContext): Promise<Problem[]> {
  if (!(await exists(folder.history)))
    return [healable('LOG_MISSING', 'gex_history.db is missing, and its journal is there')];
  try {
    // What leads elsewhere is read, and every command that writes refuses it.
    await mustBeOwnFolder(folder.journal);
    const differences = (await compareAll(log.whole)) ?? [];
    await log.whole.tree.check();
    return differences.map((one) => {
      const { kind, table, key, job_id: jobId } = one;
      return problem(
        codes[kind],
        { path: 'gex_history.db', jobId },
        `the row of ${table} with ${key} ${said[kind](one)}`,
      );
    });
  } catch (error) {
    if (error instanceof GexlakeError && error.code === 'DATABASE_DAMAGED')
      return [healable('LOG_DAMAGED', error.message)];
    const found = problemOfJournal(folder, error);
    if (found === null) throw error;
    return [found];
  }
}

/** Reads all of the journal, once: for its rows, and for its tree. */
async function compareAll({ compare, tree }: GovernContext['log']['whole']): Promise<readonly RowDifference[] | null> {
  const hold = tree.comparing();
  let isRead = false;
  const differences = await compare(async (hash) => {
    isRead = true;
    await hold(hash);
  });
  // One that has nothing to be compared with is to be whole all the same.
  if (!isRead) await tree.readWhole();
  return differences;
}

/** What an error says of the journal: that it is not what it was, or that it cannot be read. Null where it is about something else. */
export function problemOfJournal({ journal }: DataFolder, error: unknown): Problem | null {
  if (!(error instanceof GexlakeError)) return null;
  const { code, message, hint, details } = error;
  const path = { path: keptFolders.journal };
  const isOfFolder = details.path === journal || details.path?.startsWith(`${journal}/`) === true;
  if (code !== 'JOURNAL_DAMAGED' && code !== 'LOG_ROLLED_BACK' && code !== 'LOG_FORKED') {
    if (!isOfFolder || !ofDisk.has(code)) return null;
    const found = problem('JOURNAL_DAMAGED', path, message);
    return { ...found, hint: hint ?? found.hint };
  }
  const found = problem(code, path, message);
  return { ...found, hint: hint ?? found.hint };
}

/** What reading says of a place that is not what it should be, or may not be read. */
const ofDisk = new Set<string>(['FILE_SYSTEM', 'FOLDER_NOT_WRITABLE', 'PLACE_TAKEN']);

/** What is not claimed any more, because the journal was begun anew, or is gone. */
export async function journalNotes({ log }: GovernContext): Promise<Note[]> {
  const first = await firstEntry(log.whole.journal);
  if (first === null) return goneNotes(log.whole);
  if (first.before === undefined) return [];
  const { committed_at, before, reason } = first;
  const root = before.root === undefined ? '' : ` with the root ${before.root.root} of ${before.root.origin}`;
  const why = reason === undefined ? 'because the one before was gone' : `by ${first.actor}: ${reason}`;
  const message = `the journal was begun anew at ${committed_at} ${why}; nothing is claimed of how the ${before.size} entries before${root} came about`;
  return [noteOf('LOG_RESTARTED', { path: keptFolders.journal }, message)];
}

/** A log that has had a journal, which is wholly gone: nothing says any more how its rows came about. */
async function goneNotes({ applied, journal }: GovernContext['log']['whole']): Promise<Note[]> {
  try {
    const had = (await journal.isThere()) ? null : await applied();
    if (had === null) return [];
    const message = `the log has had ${had.size} entries of a journal, and ${journal.root} is gone: its rows cannot be compared with anything`;
    return [noteOf('JOURNAL_GONE', { path: keptFolders.journal }, message)];
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    // That either cannot be read is told as a problem.
    return [];
  }
}

async function firstEntry(journal: GovernContext['log']['whole']['journal']): Promise<Entry | null> {
  try {
    for await (const { entry } of journal.entries()) return entry;
  } catch (error) {
    if (!(error instanceof GexlakeError)) throw error;
    // That it cannot be read is told as a problem.
  }
  return null;
}

function healable(code: 'LOG_MISSING' | 'LOG_DAMAGED', message: string): Problem {
  const hint = 'The next command that writes makes it again from its journal, and keeps a damaged one in backups/.';
  return { ...problem(code, { path: 'gex_history.db' }, message), hint };
}
