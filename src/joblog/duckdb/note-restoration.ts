import type { RowOf } from '../../core/columns.ts';
import { restorations } from '../../core/log-tables.ts';
import { hasTable, withDatabase, type Database, type DatabaseOptions } from '../../db/db.ts';
import { LogChange } from '../sql/change.ts';
import { LogFile } from './log-file.ts';

/**
 * Writes into a private copy of a saved log that it takes the place of another one, and into the journal beside it where there is one; it is in
 * the file when this returns. A log of an older layout has no place for that and stays as it is: who goes back to an older version restores such a one.
 */
export async function noteRestoration(
  path: string,
  options: DatabaseOptions,
  restoration: RowOf<typeof restorations>,
): Promise<void> {
  const file = new LogFile(path, options);
  const isJournaled = await file.journal.isThere();
  if (isJournaled) await file.write((change) => change.insert(restorations, [restoration]));
  await withDatabase(path, options, async (database) => {
    if (!isJournaled && (await hasTable(database, restorations.name))) await noteIn(database, restoration);
    await database.run('CHECKPOINT');
  });
}

/** Its journal is not begun yet, and will have this row with all others. */
async function noteIn(database: Database, restoration: RowOf<typeof restorations>): Promise<void> {
  await database.transaction(() =>
    new LogChange(database, restoration.restored_at).insert(restorations, [restoration]),
  );
}
