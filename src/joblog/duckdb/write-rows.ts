import { upgradeSchema, withDatabase, type DatabaseOptions } from '../../db/db.ts';
import { LogChange } from '../sql/change.ts';
import { insertFound } from '../sql/taken-in.ts';
import type { FoundRows } from '../whole-log.ts';
import { migrations } from './migrations.ts';

/** Makes a new job log at a path, with rows that were found in files, in one transaction; it is in the file when this returns. */
export async function writeLog(path: string, options: DatabaseOptions, rows: FoundRows): Promise<void> {
  await withDatabase(path, options, async (database) => {
    const now = new Date(options.clock.now_ms()).toISOString();
    await upgradeSchema(database, migrations, now);
    await database.transaction(() => insertFound(new LogChange(database, now), rows));
    await database.run('CHECKPOINT');
  });
}
