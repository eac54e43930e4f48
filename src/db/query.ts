import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from '@duckdb/node-api';
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
    const statement = await prepareReading(connection, sql);
    const result = await statement.stream();
    const isNumber = await numberColumns(result);
    const rows: (readonly unknown[])[] = [];
    let more = false;
    for await (const chunk of result.yieldRowsJson()) {
      for (const row of chunk) rows.push(row.map((value, at) => (isNumber[at] === true ? toNumber(value) : value)));
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

/** Which columns hold whole or decimal numbers, which DuckDB gives as texts. */
async function numberColumns(result: DuckDBResult): Promise<boolean[]> {
  const { DuckDBTypeId: Type } = await import('@duckdb/node-api');
  const numbers = new Set([Type.BIGINT, Type.UBIGINT, Type.HUGEINT, Type.UHUGEINT, Type.DECIMAL]);
  return Array.from({ length: result.columnCount }, (_, at) => numbers.has(result.columnTypeId(at)));
}

/** A number where no digit is lost by it, which is up to 15 of them; else the text. */
function toNumber(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const digits = value.replaceAll(/[-.]/g, '').replace(/^0+/, '');
  return digits.length <= 15 ? Number(value) : value;
}

async function prepareReading(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const { StatementType } = await import('@duckdb/node-api');
  const statement = await prepareOnly(connection, sql);
  if (statement.statementType === StatementType.SELECT) return statement;
  // EXPLAIN ANALYZE runs what it explains, so that must be reading too.
  const explained =
    /^\s*EXPLAIN\b\s*(?:ANALYZE\b)?(?:\s*\((?!\s*(?:\(|SELECT\b|FROM\b|WITH\b))[^)]*\))?([\s\S]*)$/i.exec(sql)?.[1];
  if (statement.statementType === StatementType.EXPLAIN && explained !== undefined) {
    const inner = await prepareOnly(connection, explained);
    if (inner.statementType === StatementType.SELECT) return statement;
  }
  throw refused('only statements that read (SELECT, EXPLAIN of a SELECT) are run here', writeHint);
}

async function prepareOnly(connection: DuckDBConnection, sql: string): Promise<DuckDBPreparedStatement> {
  const words = sql.replaceAll(/--.*$|\/\*[\s\S]*?\*\/|[;\s]/gm, '');
  if (words === '') throw refused('there is no SQL statement', 'For example: gexlake query "DESCRIBE strikes"');
  const statements = await connection.extractStatements(sql);
  if (statements.count === 1) return statements.prepare(0);
  const pivot = 'A PIVOT is one statement only with its values: PIVOT … ON column IN (…).';
  throw refused(
    `expected one SQL statement, found ${statements.count}`,
    /\bPIVOT\b/i.test(sql) ? pivot : 'Run them one by one.',
  );
}

const writeHint = 'To write results to a file, redirect the output of --json or --csv.';

function refused(problem: string, hint: string): GexlakeError {
  return new GexlakeError('QUERY_FAILED', problem, { hint });
}
