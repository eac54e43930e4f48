import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import type { Database } from './database.ts';

/** The result of a user's query: column names, and rows of values as JSON knows them. */
export type QueryResult = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** True where there were more rows than `limit`. */
  readonly more: boolean;
};

/**
 * Runs one reading statement of a user. Anything that could write (COPY, CREATE, ATTACH, …) is refused: what is published
 * changes only by jobs.
 * @throws QUERY_FAILED with DuckDB's words
 */
export async function runUserQuery(database: Database, sql: string, limit: number): Promise<QueryResult> {
  const { connection } = database;
  try {
    const statements = await connection.extractStatements(sql);
    if (statements.count !== 1) throw refused(`expected one SQL statement, found ${statements.count}`);
    const statement = await statements.prepare(0);
    const { StatementType } = await import('@duckdb/node-api');
    const reading = [StatementType.SELECT, StatementType.EXPLAIN];
    if (!reading.includes(statement.statementType))
      throw refused('only statements that read (SELECT, EXPLAIN) are run here');
    const result = await statement.stream();
    const rows: (readonly unknown[])[] = [];
    let more = false;
    for await (const chunk of result.yieldRowsJson()) {
      rows.push(...chunk);
      if (rows.length > limit) {
        more = true;
        break;
      }
    }
    return { columns: result.deduplicatedColumnNames(), rows: rows.slice(0, limit), more };
  } catch (error) {
    if (error instanceof GexlakeError) throw error;
    const text = redactText(error instanceof Error ? error.message : String(error));
    throw new GexlakeError('QUERY_FAILED', text, {
      hint: 'Tables: strikes, snapshots, import_jobs, job_events, parquet_files. Try: DESCRIBE strikes',
      cause: error,
    });
  }
}

function refused(problem: string): GexlakeError {
  return new GexlakeError('QUERY_FAILED', problem, {
    hint: 'To write results to a file, redirect the output of --json or --csv.',
  });
}
