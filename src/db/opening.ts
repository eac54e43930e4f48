import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { Database, inMemory } from './database.ts';
import { sqlText } from './sql.ts';

export type EngineOptions = {
  readonly readOnly?: boolean;
  readonly threads?: number;
  readonly memory_mb?: number;
  /** Where the engine may put what does not fit into memory; null where it may not. */
  readonly spillFolder?: string | null;
  readonly spill_bytes?: number;
};

export type Opened = { readonly database: Database; readonly close: () => void | Promise<void> };

/** Opens a file with an engine of its own, which ends with it. Takes about 20 ms, and 10 to close. */
export async function openFile(path: string, options: EngineOptions): Promise<Opened> {
  const instance = await startEngine(path, options);
  try {
    const connection = await connect(instance);
    const close = () => {
      connection.closeSync();
      instance.closeSync();
    };
    return { database: new Database(path, connection), close };
  } catch (error) {
    instance.closeSync();
    throw error;
  }
}

/** Engines in memory that stay, each for one file. A process has one log; whoever opens many files keeps only so many engines. */
const engines = new Map<string, DuckDBInstance>();
const enginesKept = 4;
const attachedName = 'file';

/**
 * Rows that new row groups of such a file have; DuckDB's own size is 122,880. Closing rewrites the row groups that have changed, and
 * a search by a value that rises with time looks only into those that can hold it. Measured with 100,000 jobs: claiming one takes
 * 30 ms of processor time instead of 48, finding one 1.5 instead of 5.7; with 2,048 closing takes longer than with DuckDB's.
 */
const rowGroup_rows = 8_192;

/**
 * Closing tries each way to compress a text on the row groups that have changed, and this one learns a table of symbols each time.
 * Without it closing takes 4.6 ms instead of 7.9, and a log of 100,000 jobs 57 MB instead of 40.
 */
const slowCompression = 'fsst';

/**
 * Opens a file by attaching it to an engine that stays until the process ends: 2 ms instead of 20, with the same lock, and the
 * same checkpoint when it is closed. An engine that cannot let go of its file is ended, which does.
 */
export async function attachFile(path: string, options: EngineOptions): Promise<Opened> {
  const engine = await engineFor(path, options);
  const connection = await connect(engine);
  try {
    const mode = options.readOnly === true ? 'READ_ONLY' : `ROW_GROUP_SIZE ${rowGroup_rows}`;
    await connection.run(`ATTACH ${sqlText(path)} AS ${attachedName} (${mode})`);
    await connection.run(`USE ${attachedName}`);
  } catch (error) {
    await detach(path, engine, connection);
    throw error;
  }
  return { database: new Database(path, connection), close: () => detach(path, engine, connection) };
}

async function engineFor(path: string, options: EngineOptions): Promise<DuckDBInstance> {
  const known = engines.get(path);
  if (known !== undefined) return known;
  const engine = await startEngine(inMemory, { ...options, readOnly: false });
  engines.set(path, engine);
  const connection = await connect(engine);
  // Not at the start: the engine takes it there, and goes on as before.
  await connection.run(`SET disabled_compression_methods = '${slowCompression}'`);
  connection.closeSync();
  return engine;
}

async function detach(path: string, engine: DuckDBInstance, connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('USE memory');
    await connection.run(`DETACH DATABASE IF EXISTS ${attachedName}`);
    connection.closeSync();
    if (engines.size > enginesKept) end(path, engine);
  } catch {
    // What was committed is in the file or in its journal; an engine that has failed for good says so at every statement.
    connection.closeSync();
    end(path, engine);
  }
}

function end(path: string, engine: DuckDBInstance): void {
  engines.delete(path);
  engine.closeSync();
}

/** Loads the engine's code, for whoever will surely need it soon: that takes 80 to 100 ms. */
export function loadEngine(): void {
  // A failure is met by whoever opens a database.
  import('@duckdb/node-api').catch(() => undefined);
}

async function startEngine(path: string, options: EngineOptions): Promise<DuckDBInstance> {
  // Loaded only here: a command that leaves the work to an importer process does not pay 80 ms for an engine of its own.
  const { DuckDBInstance: Instance, DuckDBTimestampTZValue: Time } = await import('@duckdb/node-api');
  // It writes a time with the offset that the machine has today, whatever the connection's zone is.
  Time.timezoneOffsetInMinutes = 0;
  return Instance.create(path, settingsOf(options));
}

async function connect(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  // For all connections: SQL can make some of its own.
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  return connection;
}

function settingsOf(options: EngineOptions): Record<string, string> {
  const settings: Record<string, string> = {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // An engine reads a file once or twice and ends; kept blocks only make the memory of checking a long file rise with it.
    enable_external_file_cache: 'false',
    // Secrets that a user keeps for other programs are none of ours.
    allow_persistent_secrets: 'false',
    threads: String(options.threads ?? 2),
  };
  if (options.readOnly === true) settings['access_mode'] = 'READ_ONLY';
  if (options.memory_mb !== undefined) settings['memory_limit'] = `${options.memory_mb}MB`;
  if (options.spillFolder !== undefined) settings['temp_directory'] = options.spillFolder ?? '';
  if (options.spill_bytes !== undefined) settings['max_temp_directory_size'] = `${options.spill_bytes}B`;
  return settings;
}
