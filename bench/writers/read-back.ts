import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { columnsOf, type Column } from '../../src/core/contract.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import type { StrikeRows } from '../../src/parquet/row-groups.ts';
import { perRow } from './row-groups.ts';

/** Reads each file with DuckDB, and fails where a column has another type, or a row another value, than what the writer was given. */
export async function readBack(path: (group: number) => string, groups: readonly StrikeRows[]): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const [at, rows] of groups.entries())
    for (const column of columnsOf(parseEndpoint(rows.endpoint), 'strikes'))
      await compareColumn(connection, path(at), column, rows);
  connection.closeSync();
  instance.closeSync();
}

async function compareColumn(
  connection: DuckDBConnection,
  path: string,
  column: Column,
  rows: StrikeRows,
): Promise<void> {
  const wrong = (what: string) => new Error(`${path}, column ${column.name}: ${what}`);
  const types = await valuesOf(connection, `SELECT DISTINCT typeof(${column.name}) FROM '${path}'`);
  const wanted = column.type.replace('TIMESTAMPTZ', 'TIMESTAMP WITH TIME ZONE');
  if (types.length !== 1 || types[0] !== wanted) throw wrong(`${types.join(', ')}, and not ${wanted}`);
  const found = await valuesOf(connection, `SELECT ${plain(column)} FROM '${path}'`);
  const expected = expectedOf(column, rows);
  if (found.length !== expected.length) throw wrong(`${found.length} values, and not ${expected.length}`);
  for (const [at, value] of found.entries())
    if (!Object.is(value, expected[at])) throw wrong(`value ${at} is ${String(value)}, and not ${expected[at]}`);
}

async function valuesOf(connection: DuckDBConnection, query: string): Promise<readonly unknown[]> {
  return (await connection.runAndReadAll(query)).getColumnsJS()[0] ?? [];
}

/** A column as texts or doubles; a list item by item, behind its length. */
function plain({ name, type }: Column): string {
  if (type === 'DATE') return `(${name} - DATE '1970-01-01')::DOUBLE`;
  if (type === 'TIMESTAMPTZ') return `epoch_us(${name})::DOUBLE`;
  if (type === 'DOUBLE[]') return `unnest(list_prepend(len(${name})::DOUBLE, ${name}))`;
  return name;
}

function expectedOf({ name }: Column, rows: StrikeRows): ArrayLike<string | number> {
  const { lengths, priors } = rows;
  switch (name) {
    case 'endpoint':
    case 'ticker':
      return Array.from({ length: rows.rows }, () => rows[name]);
    case 'session_date':
      return perRow(rows.days, lengths);
    case 'timestamp':
      return perRow(rows.timestamps, lengths);
    case 'spot':
      return perRow(rows.spots, lengths);
    case 'priors':
      return withLengths(priors.values, priors.width);
    default:
      return rows.numbers[name] ?? [];
  }
}

function withLengths(values: Float64Array, width: number): number[] {
  const all: number[] = [];
  for (const [at, value] of values.entries()) {
    if (at % width === 0) all.push(width);
    all.push(value);
  }
  return all;
}
