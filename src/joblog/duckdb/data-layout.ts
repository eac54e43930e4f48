import { GexlakeError } from '../../core/errors.ts';
import { layoutVersion } from '../../core/data-folder.ts';
import { hasTable, type Database } from '../../db/db.ts';

/** The layout that a data folder says it has; those from before there was a number have the first one. */
export async function layoutOf(database: Database): Promise<number> {
  if (!(await hasTable(database, 'data_layout'))) return 1;
  const row = await database.first('SELECT max(version) AS version FROM data_layout');
  return Number(row?.['version'] ?? 1);
}

/** Refuses a data folder that a newer gexlake has laid out. @throws LAYOUT_NEWER: nothing is changed then */
export async function requireKnownLayout(database: Database): Promise<void> {
  const found = await layoutOf(database);
  if (found <= layoutVersion) return;
  const problem = `the data folder of ${database.path} has layout ${found}; this gexlake knows layouts up to ${layoutVersion}`;
  throw new GexlakeError('LAYOUT_NEWER', problem, {
    details: { path: database.path },
    hint: 'Use the newer gexlake that laid it out. Nothing was changed.',
  });
}
