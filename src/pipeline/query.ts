import type { DataFolder } from '../core/data-folder.ts';
import { inMemory, runUserQuery, withDatabase, type DatabaseOptions, type QueryResult } from '../db/db.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { exists } from '../platform/files.ts';
import { showLive } from '../publish/publish.ts';

/**
 * Runs a user's query in an engine of its own, with the views `strikes` and `snapshots` over the live files and a copy of the
 * log's tables, so that a long query holds no lock.
 */
export async function queryLake(
  folder: DataFolder,
  log: JobLog,
  options: DatabaseOptions,
  sql: string,
  limit: number,
): Promise<QueryResult> {
  const present = await exists(folder.history);
  return withDatabase(inMemory, options, async (database) => {
    // First, since it also finds out whether the log's layout is one that this version knows.
    const live = present ? await log.liveFiles() : [];
    await log.copyInto(database, present, mayRead(sql));
    await showLive(database, live, folder.root);
    return runUserQuery(database, sql, limit);
  });
}

/**
 * Which tables a query can read: those that it names, and any where it looks at all there are or makes up a name while it runs.
 */
function mayRead(sql: string): (table: string) => boolean {
  const text = sql.toLowerCase();
  const looksAround = /\b(?:query|query_table|duckdb_\w+|pragma\w*|information_schema|summarize|sqlite_\w+)\b/.test(
    text,
  );
  return (table) => looksAround || text.includes(table);
}
