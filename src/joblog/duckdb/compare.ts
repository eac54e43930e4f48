import { logTables } from '../../core/log-tables.ts';
import type { LogTable } from '../../core/columns.ts';
import { toText } from '../../core/row-texts.ts';
import type { Database, Row } from '../../db/db.ts';
import type { KeptSecret } from '../../journal/journal.ts';
import { governedColumns } from '../journal/rows.ts';
import type { RowDifference } from '../whole-log.ts';
import { attachReplayed, type Healing } from './heal.ts';
import type { Replaying } from './replay.ts';
import { unkeptLinks } from './own-secrets.ts';

const replayed = 'replayed';

/** More differences of one table than these are not told one by one. */
const mostTold = 1_000;

/**
 * Compares every row of the database with the row that the journal has: what is changed, in which columns, what is missing, and what
 * the journal knows nothing of. Heartbeats are not compared. `onHash` hears the hash of every entry.
 */
export async function compareWithJournal(
  database: Database,
  healing: Healing,
  onHash?: Replaying['onHash'],
): Promise<RowDifference[]> {
  const found: RowDifference[] = [];
  const act = async (own: string) => {
    for (const table of logTables) found.push(...(await differences(database, table, own)));
  };
  const links = await unkeptLinks(database, healing);
  await attachReplayed(healing, { database, name: replayed, act, links, onHash });
  // A link that somebody has changed was never kept.
  const changed = new Set(found.map(({ job_id }) => job_id));
  const lost = links.map(unkept).filter(({ job_id }) => !changed.has(job_id));
  found.push(...lost.slice(0, mostTold));
  return found;
}

function unkept({ of, column }: KeptSecret): RowDifference {
  const [table = '', id = ''] = JSON.parse(of) as string[];
  return { kind: 'unkept', table, key: `id ${id}`, job_id: id, columns: [column] };
}

async function differences(database: Database, table: LogTable, own: string): Promise<RowDifference[]> {
  const columns = governedColumns(table).map(([name]) => name);
  const key = table.key.map((name) => `now.${name} IS NOT DISTINCT FROM kept.${name}`).join(' AND ');
  const changed = columns.map((name) => `CASE WHEN now.${name} IS DISTINCT FROM kept.${name} THEN '${name}' END`);
  const shown = table.key.map((name) => `coalesce(now.${name}, kept.${name}) AS ${name}`);
  const job = 'job_id' in table.columns ? 'job_id' : table.name === 'import_jobs' ? 'id' : null;
  const rows = await database.all(
    `SELECT ${shown.join(', ')}, ${job === null ? 'NULL' : `coalesce(now.${job}, kept.${job})`} AS about,
       kept.there IS NULL AS unknown, now.there IS NULL AS missing,
       list_filter([${changed.join(', ')}], name -> name IS NOT NULL) AS changed
     FROM (SELECT *, true AS there FROM ${own}.main.${table.name}) AS now
     FULL JOIN (SELECT *, true AS there FROM ${replayed}.main.${table.name}) AS kept ON ${key}
     WHERE kept.there IS NULL OR now.there IS NULL OR len(changed) > 0
     LIMIT ${mostTold}`,
  );
  const twice = await database.all(
    `SELECT ${table.key.join(', ')}, NULL AS about, true AS unknown, false AS missing, [] AS changed
     FROM ${own}.main.${table.name} GROUP BY ${table.key.join(', ')} HAVING count(*) > 1 LIMIT ${mostTold}`,
  );
  return [...rows, ...twice].map((row) => toDifference(table, row));
}

type JsValue = Row[string] | null;

function keyText(value: JsValue): string {
  return typeof value === 'bigint' ? String(value) : value instanceof Date ? value.toISOString() : toText(value);
}

function toDifference(table: LogTable, row: Row): RowDifference {
  const key = table.key.map((name) => `${name} ${keyText(row[name] ?? null)}`).join(', ');
  const about = row['about'];
  const columns = Array.isArray(row['changed']) ? row['changed'].map(toText) : [];
  return {
    kind: row['unknown'] === true ? 'unknown' : row['missing'] === true ? 'missing' : 'changed',
    table: table.name,
    key,
    job_id: typeof about === 'string' && about !== '' ? about : null,
    columns: row['unknown'] === true || row['missing'] === true ? [] : columns,
  };
}
