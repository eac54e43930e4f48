import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { DuckDBInstance, type JS } from '@duckdb/node-api';
import type { Column } from '../../src/core/contract.ts';
import { ParquetWriter, type ColumnValues, type RowGroup, type WrittenParquet } from '../../src/parquet/parquet.ts';

/** Values in the order of the columns. */
export type Group = { readonly rows: number; readonly columns: readonly ColumnValues[] };
export type Written = WrittenParquet & { readonly path: string; readonly bytes: Uint8Array };

const root = await mkdtemp(join(tmpdir(), 'gexlake-parquet-'));
after(() => rm(root, { recursive: true }));
let serial = 0;

export async function write(
  columns: readonly Column[],
  groups: readonly Group[],
  metadata: Readonly<Record<string, string>> = {},
  number: 1 | 2 = 2,
): Promise<Written> {
  const parts: Uint8Array[] = [];
  const write = async (part: Uint8Array) => void parts.push(Uint8Array.from(part));
  const writer = new ParquetWriter({ columns, writer: number, write });
  for (const group of groups) await writer.addRowGroup(toRowGroup(columns, group));
  const written = await writer.finish(metadata);
  const path = join(root, `${++serial}.parquet`);
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  return { ...written, path, bytes };
}

function toRowGroup(columns: readonly Column[], { rows, columns: values }: Group): RowGroup {
  const named = columns.map(({ name }, at) => [name, values[at] as ColumnValues] as const);
  return { values: Object.fromEntries(named), rows, lengths: lengthsOf(values) };
}

/** The rows of each record, where a column says so. */
function lengthsOf(values: readonly ColumnValues[]): readonly number[] | null {
  return values.map((column) => ('lengths' in column ? column.lengths : null)).find((found) => found !== null) ?? null;
}

/** One column of doubles in one row group, NaN for null. */
export async function writeDoubles(
  values: readonly number[] | Float64Array,
  lengths: number[] | null = null,
): Promise<Written> {
  const column: ColumnValues = { kind: 'doubles', values: Float64Array.from(values), lengths };
  return write([{ name: 'value', type: 'DOUBLE' }], [{ rows: values.length, columns: [column] }]);
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run("SET TimeZone = 'UTC'");
after(() => {
  connection.closeSync();
  instance.closeSync();
});

/** Rows of a query in DuckDB, which shares no code with the writer either. */
export async function query(sql: string): Promise<Record<string, JS>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}
