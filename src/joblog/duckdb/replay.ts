import { join } from 'node:path';
import type { LogTable } from '../../core/columns.ts';
import { blocksOfLines } from '../../core/line-blocks.ts';
import { importJobs, logTables } from '../../core/log-tables.ts';
import { jsonLines, sqlText, type Database } from '../../db/db.ts';
import {
  isPayload,
  noHash,
  secretHash,
  type Journal,
  type KeptSecret,
  type Position,
  type StoredEntry,
} from '../../journal/journal.ts';
import { openPart, writeAll } from '../../platform/work-files.ts';
import { governedColumns, heartbeat, ofSecret } from '../journal/rows.ts';
import { asColumn } from '../sql/change.ts';

/*
 * The rows that a journal says there are: of each row its last version. The program checks the entries and hands their bytes to the
 * engine, which finds the versions: a journal of 100,000 jobs has 700 MB, and parsing it here takes three times as long as all of that.
 */

export type Replaying = {
  /** A private folder for files that the engine reads. */
  readonly privateFolder: string;
  /** What is not kept beside the journal, and known all the same. */
  readonly links?: readonly KeptSecret[];
  /** Hears the hash of every entry, in order, so that nobody has to read them again for it. */
  readonly onHash?: ((hash: string) => Promise<void>) | undefined;
};

/**
 * Fills the empty tables of a database with the rows that the journal says there are; gives how much of it that was.
 * @throws JOURNAL_DAMAGED
 */
export async function replayInto(
  database: Database,
  journal: Journal,
  { privateFolder, links = [], onHash }: Replaying,
): Promise<Position> {
  const changes = join(privateFolder, 'changes.ndjson');
  const { end, from } = await writeChanges(journal, changes, onHash);
  const rows = 'STRUCT("table" VARCHAR, "row" JSON, gone JSON)[]';
  await database.run(
    `CREATE TEMP TABLE journal_changes AS SELECT seq, committed_at, unnest("rows", recursive := true)
     FROM ${jsonLines(changes, { seq: 'BIGINT', committed_at: 'VARCHAR', rows })} WHERE seq >= ${from}`,
  );
  const secrets = [...(await journal.keptSecrets()), ...links];
  const secretColumns = await takeSecrets(database, secrets, join(privateFolder, 'secrets.ndjson'));
  for (const table of logTables) await fill(database, table, secretColumns);
  await database.run('DROP TABLE journal_changes');
  await database.run('DROP TABLE journal_secrets');
  return end;
}

/** Writes down all entries, each as a line of JSON or a few; `from` is the first one that counts. */
async function writeChanges(
  journal: Journal,
  path: string,
  onHash: Replaying['onHash'],
): Promise<{ end: Position; from: number }> {
  let end: Position = { size: 0, head: noHash };
  let from = 0;
  const file = await openPart('govern:write', path);
  try {
    for await (const entries of journal.stored()) {
      for await (const block of blocksOf(journal, entries)) await writeAll('govern:write', file, path, block);
      for (const { hash } of entries) await onHash?.(hash);
      from = entries.findLast(({ kind }) => kind === 'whole')?.seq ?? from;
      const last = entries.at(-1);
      if (last !== undefined) end = { size: last.seq + 1, head: last.hash };
    }
  } finally {
    await file.close();
  }
  return { end, from };
}

const newline = Buffer.from('\n');

async function* blocksOf(journal: Journal, entries: readonly StoredEntry[]): AsyncGenerator<Uint8Array, void, void> {
  // Canonical JSON has no line breaks.
  yield Buffer.concat(entries.flatMap(({ bytes, hasPayload }) => (hasPayload ? [] : [bytes, newline])));
  for (const entry of entries.filter(({ hasPayload }) => hasPayload))
    yield* blocksOfLines(payloadLines(journal, entry));
}

async function* payloadLines(journal: Journal, stored: StoredEntry): AsyncGenerator<string, void, void> {
  const { rows, seq, committed_at } = journal.decode(stored);
  if (!isPayload(rows)) throw new Error(`entry ${seq} has its rows in it`);
  for await (const lines of journal.payloadLines(rows, seq))
    for (const line of lines) yield `{"seq":${seq},"committed_at":${JSON.stringify(committed_at)},"rows":[${line}]}\n`;
}

/** Table and column of what has secrets. */
type SecretColumns = ReadonlySet<string>;

async function takeSecrets(database: Database, kept: readonly KeptSecret[], path: string): Promise<SecretColumns> {
  const values = new Map(kept.map(({ value }) => [secretHash(value), value]));
  await writeLines(
    path,
    [...values].map(([sha256, value]) => `${JSON.stringify({ sha256, value })}\n`),
  );
  const types = { sha256: 'VARCHAR', value: 'VARCHAR' };
  await database.run(`CREATE TEMP TABLE journal_secrets AS SELECT * FROM ${jsonLines(path, types)}`);
  return new Set(kept.map(({ of, column }) => `${tableOf(of)}.${column}`));
}

/** The first of what names a row. */
function tableOf(row: string): string {
  return String((JSON.parse(row) as unknown[])[0]);
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = await openPart('govern:write', path);
  try {
    for await (const block of blocksOfLines(lines)) await writeAll('govern:write', file, path, block);
  } finally {
    await file.close();
  }
}

async function fill(database: Database, table: LogTable, secretColumns: SecretColumns): Promise<void> {
  const columns = governedColumns(table);
  const hidden = columns.map(([name]) => name).filter((name) => secretColumns.has(`${table.name}.${name}`));
  const texts = [...columns.map(([name]) => name), ...hidden.map((name) => name + ofSecret)];
  const form = JSON.stringify(Object.fromEntries(texts.map((name) => [name, 'VARCHAR'])));
  const values = columns.map(([name, { type }]) => asColumn(type, valueOf(name, hidden.includes(name))));
  const joins = hidden.map(
    (name) => `LEFT JOIN journal_secrets AS secret_${name} ON secret_${name}.sha256 = now.${name}${ofSecret}`,
  );
  // Who holds a job has said that it lives when the transaction was made; heartbeats since then are not in the journal.
  const isHeld = table.name === importJobs.name;
  if (isHeld) values.push(`CASE WHEN now.started_at IS NOT NULL THEN CAST(committed_at AS TIMESTAMP) END`);
  const names = [...columns.map(([name]) => name), ...(isHeld ? [heartbeat] : [])];
  const key = table.key.map((name) => `coalesce("row", gone)->>'$.${name}'`);
  await database.run(
    `INSERT INTO ${table.name} (${names.join(', ')})
     SELECT ${values.join(', ')}
     FROM (
       SELECT from_json(latest.written, ${sqlText(form)}) AS now, latest.committed_at AS committed_at, place
       FROM (
         SELECT arg_max({written: "row", committed_at: committed_at}, seq) AS latest, min(seq) AS place
         FROM journal_changes WHERE "table" = ${sqlText(table.name)} GROUP BY ${key.join(', ')})
       WHERE latest.written IS NOT NULL)
     ${joins.join('\n')}
     ORDER BY place, ${table.key.map((name) => asColumn(table.columns[name]?.type ?? 'VARCHAR', `now.${name}`)).join(', ')}`,
  );
}

function valueOf(name: string, isHidden: boolean): string {
  return isHidden ? `coalesce(secret_${name}.value, now.${name})` : `now.${name}`;
}
