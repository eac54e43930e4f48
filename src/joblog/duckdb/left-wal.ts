import { dirname } from 'node:path';
import { missingMigrations, withDatabase } from '../../db/db.ts';
import { exists } from '../../platform/files.ts';
import { syncFolder } from '../../platform/folders.ts';
import { remove } from '../../platform/work-files.ts';
import { requireKnownLayout } from './data-layout.ts';
import type { Healing } from './heal.ts';
import { appliedOf, isBegunFrom, requireSameHistory } from './journal-position.ts';
import { migrations } from './migrations.ts';

/**
 * Takes away the WAL that a process has left which was killed, or whose power was cut. The file alone is the log as it was when it was closed
 * last, and the journal has what came then. DuckDB (1.5.6) applies a WAL to whatever the file holds, unless its very last checkpoint was of
 * that WAL: one whose removal a power cut has undone, because nobody has synced the folder, would add rows a second time.
 * @throws LOG_ROLLED_BACK, LOG_FORKED: nothing is changed then
 */
export async function takeLeftWalAway({ path, options, journal }: Healing): Promise<void> {
  const wal = `${path}.wal`;
  if (!(await exists(wal))) return;
  // Held, so that it is nobody's who is at work. What is read here has the WAL in it.
  await withDatabase(path, { ...options, readOnly: true }, async (database) => {
    await missingMigrations(database, migrations);
    await requireKnownLayout(database);
    const applied = await appliedOf(database);
    if (applied === null || (await journal.isGone())) return;
    const end = await journal.position();
    if (await isBegunFrom(journal, applied, end)) return;
    await requireSameHistory(journal, applied, end);
    await remove('log:heal', wal);
    await syncFolder('log:heal', dirname(path));
  });
}
