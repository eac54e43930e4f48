import type { ParquetFile } from '../core/job.ts';
import { parquetRows, type Database } from '../db/db.ts';
import type { CheckedFiles } from './checked.ts';
import { urlsOf, type EngineUrls } from './engine-urls.ts';

/** The sessions of which live files have seconds that the checked files have not: what these say is not all that there is of them. */
export async function sessionsBeyond(
  database: Database,
  { files }: CheckedFiles,
  { live, store }: { readonly live: readonly ParquetFile[]; readonly store: EngineUrls },
): Promise<ReadonlySet<string>> {
  const snapshots = await urlsOf(
    live.filter(({ dataset }) => dataset === 'snapshots'),
    store,
  );
  if (snapshots.length === 0) return new Set();
  const own = files.filter(({ dataset }) => dataset === 'snapshots').map(({ path }) => path);
  const rows = await database.all(
    `SELECT DISTINCT session_date::VARCHAR AS session_date
     FROM ${parquetRows(snapshots)} ANTI JOIN ${parquetRows(own)} AS own USING (timestamp)`,
  );
  return new Set(rows.map((row) => row['session_date'] as string));
}
