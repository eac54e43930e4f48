import { dirname } from 'node:path';
import { GexlakeError } from '../../core/errors.ts';
import { missingMigrations, withDatabase } from '../../db/db.ts';
import { exists, mustBeWritable } from '../../platform/files.ts';
import { requireKnownLayout } from './data-layout.ts';
import { isDamage } from './damaged.ts';
import { isOnlyBegun, type Healing } from './heal.ts';
import { NeedsReplay, requireOurs } from './log-journal.ts';
import { requireNothingPublished } from './lost-log.ts';
import { requireAllOf, tellWithoutDatabase } from './lost-journal.ts';
import { migrations } from './migrations.ts';

/**
 * Makes sure, by reading alone, that the next transaction that writes would not be refused: what a crash has left is mended by it, and is
 * none the worse.
 * @throws what would refuse it: LOG_FORKED, LOG_ROLLED_BACK, JOURNAL_DAMAGED, LOG_LOST, DATABASE_DAMAGED, FOLDER_NOT_WRITABLE, …
 */
export async function requireMayWrite(healing: Healing): Promise<void> {
  const { path, journal, options } = healing;
  for (const folder of journal.writtenFolders) if (await exists(folder)) await mustBeWritable(folder);
  if (!(await exists(path))) return requireMayMake(healing).catch(tellWithoutDatabase);
  try {
    await withDatabase(path, { ...options, readOnly: true, lockWait_ms: 0 }, async (database) => {
      await requireKnownLayout(database);
      const applied = await requireOurs(database, healing);
      const isEmpty = applied === null && (await missingMigrations(database, migrations)).length === migrations.length;
      if (isEmpty) await requireNothingPublished(dirname(path));
    });
    await journal.requireBundles();
  } catch (error) {
    // Who has it is at work, or waits; it is made again from its journal; or it holds nothing yet.
    if (error instanceof GexlakeError && error.code === 'LOCK_BUSY') return;
    const isMade = error instanceof NeedsReplay || (isDamage(error) && (await journal.isThere()));
    if (isMade) return requireAllOf(journal);
    if (!isDamage(error) || !(await isOnlyBegun(healing))) throw error;
  }
}

async function requireMayMake({ path, journal }: Healing): Promise<void> {
  if (await journal.isThere()) return requireAllOf(journal);
  await requireNothingPublished(dirname(path));
}
