import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { DuckDBInstance, type JS } from '@duckdb/node-api';
import type { Column } from '../../src/core/contract.ts';
import { ParquetWriter, type ColumnValues, type WrittenParquet } from '../../src/parquet/parquet.ts';

export type Group = { readonly rows: number; readonly columns: readonly ColumnValues[] };
export type Written = WrittenParquet & { readonly path: string; readonly bytes: Uint8Array };

const root = await mkdtemp(join(tmpdir(), 'gexlake-parquet-'));
after(() => rm(root, { recursive: true }));
let serial = 0;

export async function write(
  columns: readonly Column[],
  groups: readonly Group[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<Written> {
  const parts: Uint8Array[] = [];
  const writer = new ParquetWriter(columns, async (part) => {
    parts.push(Uint8Array.from(part));
  });
  for (const group of groups) await writer.addRowGroup(group.columns, group.rows);
  const written = await writer.finish(metadata);
  const path = join(root, `${++serial}.parquet`);
  const bytes = Buffer.concat(parts);
  await writeFile(path, bytes);
  return { ...written, path, bytes };
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
