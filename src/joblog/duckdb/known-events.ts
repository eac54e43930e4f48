import { GexlakeError } from '../../core/errors.ts';
import { toText } from '../../core/row-texts.ts';
import { hasTable, type Database } from '../../db/db.ts';
import { forkedHint } from '../../journal/journal.ts';
import { attachReplayed, type Healing } from './heal.ts';

const replayed = 'replayed';

/**
 * Makes sure that a database which has nothing of a journal has no event that the journal does not have: it is an older copy then, and
 * may be made again. Events are only added, and each change of a job adds one; one that is unknown was written by a program that
 * knows no journal, and would be lost.
 * @throws LOG_FORKED: nothing is changed then
 */
export async function requireKnownEvents(database: Database, healing: Healing): Promise<void> {
  if (!(await hasTable(database, 'job_events'))) return;
  const act = async (own: string) => {
    const unknown = await database.first(
      `SELECT job_id, event FROM ${own}.main.job_events AS found
       WHERE NOT EXISTS (
         SELECT 1 FROM ${replayed}.main.job_events AS kept
         WHERE kept.job_id = found.job_id AND kept.occurred_at = found.occurred_at AND kept.event = found.event
       ) LIMIT 1`,
    );
    if (unknown !== null) throw forked(healing, toText(unknown['event']), toText(unknown['job_id']));
  };
  await attachReplayed(healing, { database, name: replayed, act });
}

function forked({ path, shownAs = path, journal }: Healing, event: string, jobId: string): GexlakeError {
  const problem = `${shownAs} was written without its journal ${journal.root}, which does not know that job ${jobId} was ${event}`;
  return new GexlakeError('LOG_FORKED', problem, { details: { path: shownAs, jobId }, hint: forkedHint });
}
