import { parquetRows, type Database } from '../db/db.ts';

/** The seconds that Parquet files have rows of, as Unix times. `paths` are absolute. */
export async function publishedTimestamps(database: Database, paths: readonly string[]): Promise<Set<number>> {
  if (paths.length === 0) return new Set();
  const rows = await database.all(`SELECT DISTINCT epoch(timestamp)::BIGINT AS seconds FROM ${parquetRows(paths)}`);
  return new Set(rows.map((row) => Number(row['seconds'])));
}
