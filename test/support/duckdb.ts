import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DuckDBInstance, type JS } from '@duckdb/node-api';

export type Row = Readonly<Record<string, JS>>;

/** Reads a database file the way any DuckDB client does, read-only, and again as long as somebody else has it. */
export async function readDatabase(path: string, sql: string): Promise<Row[]> {
  for (;;) {
    try {
      return await once(path, sql, { access_mode: 'READ_ONLY' });
    } catch (error) {
      if (!/lock/i.test(String(error))) throw error;
      await sleep(5);
    }
  }
}

/** Runs a statement on a database file, or on `:memory:`, and closes it again. */
export async function runOn(path: string, sql: string): Promise<Row[]> {
  return once(path, sql, {});
}

/**
 * Runs a statement on a job log, and takes its journal away, which knows what the log was before: the log as it is then begins a new one
 * with the next command that writes.
 */
export async function editLog(path: string, sql: string): Promise<Row[]> {
  const rows = await once(path, sql, {});
  await loseJournal(dirname(path));
  return rows;
}

/** Takes the journal of a data folder away, so that what its log has lost is not known any more. */
export async function loseJournal(folder: string): Promise<void> {
  await rm(join(folder, 'log'), { recursive: true, force: true });
}

async function once(path: string, sql: string, options: Record<string, string>): Promise<Row[]> {
  const instance = await DuckDBInstance.create(path, options);
  try {
    const connection = await instance.connect();
    try {
      return (await connection.runAndReadAll(sql)).getRowObjectsJS();
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}
