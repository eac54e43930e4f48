import type { Dataset } from '../core/contract.ts';
import { toText } from '../core/row-texts.ts';
import { parquetRows, sqlName, type Database } from '../db/db.ts';
import type { RowChanges } from './report-facts.ts';

/** What finds a row of a data set in two versions of it. */
const keys: Readonly<Record<Dataset, readonly string[]>> = {
  snapshots: ['timestamp', 'ticker'],
  strikes: ['timestamp', 'ticker', 'strike'],
};

/** Columns that say where a row lies, and nothing about it. */
const notCompared: ReadonlySet<string> = new Set(['endpoint', 'session_date']);

/** Files of one data set before and after a change, absolute. Those that are in both have not changed. */
export type Versions = {
  readonly dataset: Dataset;
  readonly before: readonly string[];
  readonly after: readonly string[];
};

/** Compares the rows of two versions by the columns that both have. */
export async function compareRows(database: Database, { dataset, before, after }: Versions): Promise<RowChanges> {
  const none = { dataset, added: 0, gone: 0, changed: 0, by_column: {}, why_not: null };
  if (before.length === 0) return { ...none, added: await countRows(database, after) };
  if (after.length === 0) return { ...none, gone: await countRows(database, before) };
  const key = keys[dataset];
  const old = await columnsOf(database, before);
  const shared = (await columnsOf(database, after)).filter((name) => old.includes(name));
  const compared = shared.filter((name) => !key.includes(name) && !notCompared.has(name));
  const same = key.map((name) => `old.${sqlName(name)} IS NOT DISTINCT FROM new.${sqlName(name)}`);
  const differs = compared.map((name) => `old.${sqlName(name)} IS DISTINCT FROM new.${sqlName(name)}`);
  const counts = differs.map((condition, at) => `count(*) FILTER (old.there AND new.there AND ${condition}) AS c${at}`);
  const row = await database.first(
    `SELECT count(*) FILTER (old.there IS NULL) AS added, count(*) FILTER (new.there IS NULL) AS gone,
       count(*) FILTER (old.there AND new.there AND (${differs.join(' OR ') || 'false'})) AS changed
       ${counts.map((count) => `, ${count}`).join('')}
     FROM (SELECT *, true AS there FROM ${parquetRows(before)}) AS old
     FULL JOIN (SELECT *, true AS there FROM ${parquetRows(after)}) AS new ON ${same.join(' AND ')}`,
  );
  const count = (name: string) => Number(row?.[name] ?? 0);
  const columns = compared.map((name, at) => [name, count(`c${at}`)] as const).filter(([, rows]) => rows > 0);
  return {
    dataset,
    added: count('added'),
    gone: count('gone'),
    changed: count('changed'),
    by_column: Object.fromEntries(columns),
    why_not: null,
  };
}

async function countRows(database: Database, paths: readonly string[]): Promise<number> {
  if (paths.length === 0) return 0;
  return Number((await database.first(`SELECT count(*) AS rows FROM ${parquetRows(paths)}`))?.['rows'] ?? 0);
}

async function columnsOf(database: Database, paths: readonly string[]): Promise<string[]> {
  const rows = await database.all(`DESCRIBE SELECT * FROM ${parquetRows(paths)}`);
  return rows.map((row) => toText(row['column_name']));
}
