import type { RowOf } from '../../core/columns.ts';
import { restorations } from '../../core/log-tables.ts';
import { hasTable, withDatabase, type DatabaseOptions } from '../../db/db.ts';
import { LogChange } from '../sql/change.ts';

/**
 * Writes into a private copy of a saved log that it takes the place of another one; it is in the file when this returns. A log of an older
 * layout has no place for that and stays as it is: who goes back to an older version restores such a one.
 */
export async function noteRestoration(
  path: string,
  options: DatabaseOptions,
  restoration: RowOf<typeof restorations>,
): Promise<void> {
  await withDatabase(path, options, async (database) => {
    if (!(await hasTable(database, restorations.name))) return;
    await database.transaction(() =>
      new LogChange(database, restoration.restored_at).insert(restorations, [restoration]),
    );
    await database.run('CHECKPOINT');
  });
}
