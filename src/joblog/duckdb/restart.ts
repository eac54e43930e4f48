import { GexlakeError } from '../../core/errors.ts';
import { JournalTree, noHash, type Journal } from '../../journal/journal.ts';
import { LogChange } from '../sql/change.ts';
import { noteRun } from '../sql/runs.ts';
import type { Restarting } from '../whole-log.ts';
import { appliedOf } from './journal-position.ts';
import type { LogFile } from './log-file.ts';
import { writeWhole } from './log-journal.ts';

/**
 * Begins a new journal from the log as it is, once `putAside` has taken the old one away, whose last root the first entry names. All of it
 * under the log's lock. A crash behind `putAside` leaves a log whose journal is gone, which begins one by itself.
 */
export async function restartJournal(file: LogFile, { reason, actor, putAside }: Restarting): Promise<void> {
  const { journal } = file;
  // What can be applied of the old one is.
  await file.write(async () => undefined).catch(unlessOfJournal);
  const root = await lastRoot(journal);
  const anyone = async () => undefined;
  await file.opened(anyone, async (database, now) => {
    const applied = await appliedOf(database);
    const known = applied ?? (await journal.position().catch(unlessOfJournal));
    const { size, head } = known ?? { size: root?.size ?? 0, head: noHash };
    await putAside();
    await database.transaction(() => noteRun(new LogChange(database, now), 'restart', actor));
    await writeWhole(database, journal, {
      now,
      actor,
      reason,
      before: { size, head, ...(root === null ? {} : { root }) },
    });
  });
}

/** The root of all entries where they can be read to their end, or else what the last checkpoint said of them. */
async function lastRoot(journal: Journal): Promise<{ origin: string; size: number; root: string } | null> {
  const tree = new JournalTree(journal);
  const known = (await tree.current().catch(unlessOfJournal)) ?? (await tree.kept());
  if (known === null) return null;
  return { origin: known.origin, size: known.size, root: Buffer.from(known.root).toString('base64') };
}

const ofJournal = new Set<string>(['JOURNAL_DAMAGED', 'LOG_ROLLED_BACK', 'LOG_FORKED']);

function unlessOfJournal(error: unknown): undefined {
  if (error instanceof GexlakeError && ofJournal.has(error.code)) return undefined;
  throw error;
}
