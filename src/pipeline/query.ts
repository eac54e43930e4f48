import type { AnsweredTime, AskedTime } from '../core/as-of.ts';
import type { DataFolder } from '../core/data-folder.ts';
import type { QueryResult, QueryRows } from '../core/query.ts';
import { closeEngine, collect, inMemory, streamUserQuery, withDatabase } from '../db/db.ts';
import type { Database, DatabaseOptions, QueryControl } from '../db/db.ts';
import type { JobLog } from '../joblog/joblog.ts';
import { withTemporaryFolder } from '../platform/folders.ts';
import { showLive, urlsOf } from '../publish/publish.ts';
import type { FileStore } from '../store/store.ts';
import { alsoReadable } from './also-read.ts';
import { showPast } from './as-of.ts';

/** The lake that is asked, and the engine that a question gets. */
export type QueriedLake = {
  readonly folder: DataFolder;
  readonly store: FileStore;
  readonly log: Pick<JobLog, 'files' | 'whole'>;
  readonly engine: DatabaseOptions;
};

/**
 * `alsoRead` are files and folders that the query may read beside the lake, as the user gave them. `asOf` are the times that it asks about:
 * one without a name takes the place of the live files, others are schemas of their names.
 */
export type QueryRequest = QueryControl & {
  readonly sql: string;
  readonly alsoRead: readonly string[];
  readonly asOf: readonly AskedTime[];
  /** Hears, before any row, what the times rest on. */
  readonly onAsOf: (answered: readonly AnsweredTime[]) => void;
};

/**
 * Runs a user's query and hands the rows to `act` as they come. It runs in an engine of its own, with the views `strikes` and
 * `snapshots` over the live files and a copy of the log's tables, so that a long query holds no lock; and which is closed, so that
 * it reads nothing else but what it was given.
 */
export async function streamLake<T>(
  lake: QueriedLake,
  request: QueryRequest,
  act: (rows: QueryRows) => Promise<T>,
): Promise<T> {
  return withClosedEngine(lake, { ...request, written: [] }, (database) => streamUserQuery(database, request, act));
}

/** The whole result of a query that has few rows and reads nothing but the lake. */
export async function queryLake(lake: QueriedLake, sql: string, limit: number): Promise<QueryResult> {
  const signal = new AbortController().signal;
  return streamLake(lake, { sql, limit, alsoRead: [], asOf: [], signal, onProgress: nobody, onAsOf: nobody }, collect);
}

const nobody = () => undefined;

/** `written` are files that the engine makes itself. */
export async function withClosedEngine<T>(
  lake: QueriedLake,
  { sql, alsoRead, asOf, onAsOf, written }: QueryRequest & { readonly written: readonly string[] },
  act: (database: Database) => Promise<T>,
): Promise<T> {
  const { folder, store, log, engine } = lake;
  const given = await alsoReadable(folder, alsoRead);
  return withTemporaryFolder('gexlake-query-', async (spillFolder) =>
    withDatabase(inMemory, { ...engine, spillFolder }, async (database) => {
      // First, since it also finds out whether the log's schema is one that this version knows.
      const live = asOf.some(({ name }) => name === null) ? [] : await log.files.live();
      await log.whole.copyInto(database, mayRead(sql));
      await showLive(database, live, store);
      const past = await showPast(lake, database, { sql, asOf });
      const files = await urlsOf(live, store);
      await closeEngine(database, { ...given, files: [...files, ...past.opened, ...given.files, ...written] });
      if (asOf.length > 0) onAsOf(past.answered);
      const result = await act(database);
      await past.mustBeAsBefore();
      return result;
    }),
  );
}

/**
 * Which tables a query can read: those that it names, and any where it looks at all there are or makes up a name while it runs.
 */
function mayRead(sql: string): (table: string) => boolean {
  const text = sql.toLowerCase();
  const looksAround =
    /\b(?:query|query_table|duckdb_\w+|pragma\w*|information_schema|summarize|sqlite_\w+|pg_\w+)\b/.test(text);
  return (table) => looksAround || text.includes(table);
}
