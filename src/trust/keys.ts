import { KeyHistory } from '../journal/journal.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';

/** The keys that a journal names. @throws JOURNAL_DAMAGED */
export async function readKeys({ log }: Pick<GovernContext, 'log'>, origin: string): Promise<KeyHistory> {
  const history = new KeyHistory(origin);
  for await (const { entry } of log.whole.journal.entries()) history.take(entry);
  return history;
}
