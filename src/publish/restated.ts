import { columnsOf, contractOf, contractVersion, datasetsOf, type Dataset } from '../core/contract.ts';
import type { ParquetFile } from '../core/job.ts';
import type { PrivateFile } from '../core/journey.ts';
import { parseEndpoint, type Endpoint } from '../core/names.ts';
import type { ColumnRestated, MinutesAffected, RecheckSeconds, RecheckSummary } from '../core/recheck.ts';
import { sqlName, sqlText, type Database } from '../db/db.ts';
import { positioned } from './changes.ts';
import type { EngineUrls } from './engine-urls.ts';
import { movedLevels } from './moved.ts';

/** What a source was found to hold, and what is live of the same sessions. */
export type Restating = {
  readonly database: Database;
  readonly store: EngineUrls;
  readonly endpoint: string;
  readonly sessionDates: readonly string[];
  readonly live: readonly ParquetFile[];
  readonly found: readonly PrivateFile[];
};

/** How a source differs from what is published; `behind`: seconds that have come behind the last published one. */
export type Restatement = RecheckSummary & { readonly behind: number };

/** Spans of minutes that are told one by one. */
const mostSpans = 50;

/**
 * Holds the rows of a source against those that are live, second by second and column by column. Columns that a live file's contract has not
 * got are not compared. In the database it leaves `before_…` and `after_…` of each dataset, and `touched`.
 */
export async function restatement(restating: Restating): Promise<Restatement> {
  const { database, sessionDates, live } = restating;
  const endpoint = parseEndpoint(restating.endpoint);
  const columns: ColumnRestated[] = [];
  await database.run('CREATE TEMP TABLE touched (timestamp TIMESTAMPTZ, how VARCHAR)');
  for (const dataset of datasetsOf(endpoint).toReversed()) {
    for (const side of ['before', 'after'] as const)
      await database.run(
        `CREATE TEMP TABLE ${side}_${dataset} AS SELECT * FROM ${await rowsOf(restating, dataset, side)}`,
      );
    if (dataset === 'snapshots') await noteComings(database);
    const names = comparedColumns(endpoint, dataset, live);
    columns.push(...(await changedColumns(database, dataset, names)));
  }
  const { behind, ...seconds } = await countSeconds(database);
  const minutes = await minutesOf(database);
  const moved = seconds.changed === 0 ? [] : await movedLevels(database, endpoint);
  return { session_dates: sessionDates, seconds, columns, moved, minutes, behind };
}

function rowsOf({ live, found, ...rest }: Restating, dataset: Dataset, side: 'before' | 'after'): Promise<string> {
  return positioned({ ...rest, dataset, live, found }, side === 'before' ? live : [], side === 'after' ? found : []);
}

/** The columns that every live file has, without those that say where a row belongs. */
function comparedColumns(endpoint: Endpoint, dataset: Dataset, live: readonly ParquetFile[]): string[] {
  const versions = new Set(live.map(({ contract_version }) => contract_version ?? '1'));
  const ofBlock = new Set(contractOf(contractVersion).block.map(({ name }) => name));
  const all = columnsOf(endpoint, dataset).map(({ name }) => name);
  return all.filter(
    (name) =>
      !ofBlock.has(name) &&
      [...versions].every((version) => columnsOf(endpoint, dataset, version).some((column) => column.name === name)),
  );
}

/** Seconds that only one side has. */
async function noteComings(database: Database): Promise<void> {
  await database.run(
    `INSERT INTO touched
     SELECT timestamp, 'added' FROM after_snapshots ANTI JOIN before_snapshots USING (timestamp)
     UNION ALL SELECT timestamp, 'gone' FROM before_snapshots ANTI JOIN after_snapshots USING (timestamp)`,
  );
}

/** Notes the seconds in which rows differ that both sides have, and counts them column by column, most first. */
async function changedColumns(
  database: Database,
  dataset: Dataset,
  names: readonly string[],
): Promise<ColumnRestated[]> {
  if (names.length === 0) return [];
  const differs = names.map((name) => `b.${sqlName(name)} IS DISTINCT FROM a.${sqlName(name)}`);
  const both = `SELECT coalesce(b.timestamp, a.timestamp) AS timestamp, ${differs.map((sql, at) => `${sql} AS d${at}`).join(', ')}
    FROM (SELECT * FROM before_${dataset} SEMI JOIN after_snapshots USING (timestamp)) AS b
    FULL JOIN (SELECT * FROM after_${dataset} SEMI JOIN before_snapshots USING (timestamp)) AS a
      ON a.timestamp = b.timestamp AND a.position = b.position
    WHERE ${differs.join(' OR ')}`;
  await database.run(`CREATE TEMP TABLE differing_${dataset} AS ${both}`);
  await database.run(
    `INSERT INTO touched SELECT DISTINCT timestamp, 'changed' FROM differing_${dataset}
     WHERE timestamp NOT IN (SELECT timestamp FROM touched WHERE how = 'changed')`,
  );
  const counts = names.map((_, at) => `count(DISTINCT timestamp) FILTER (WHERE d${at}) AS c${at}`);
  const row = await database.first(`SELECT ${counts.join(', ')} FROM differing_${dataset}`);
  const found = names.map((column, at) => ({ dataset, column, seconds: Number(row?.[`c${at}`] ?? 0) }));
  return found.filter(({ seconds }) => seconds > 0).sort((one, other) => other.seconds - one.seconds);
}

async function countSeconds(database: Database): Promise<RecheckSeconds & { readonly behind: number }> {
  const count = (how: string) => `(SELECT count(*) FROM touched WHERE how = ${sqlText(how)})`;
  const row = await database.first(
    `SELECT (SELECT count(*) FROM before_snapshots) AS published, (SELECT count(*) FROM after_snapshots) AS found,
       ${count('changed')} AS changed, ${count('added')} AS added, ${count('gone')} AS gone,
       (SELECT count(*) FROM touched WHERE how = 'added' AND timestamp > (SELECT max(timestamp) FROM before_snapshots)) AS behind`,
  );
  const number = (name: string) => Number(row?.[name] ?? 0);
  return {
    published: number('published'),
    found: number('found'),
    changed: number('changed'),
    added: number('added'),
    gone: number('gone'),
    behind: number('behind'),
  };
}

/** Minutes with a touched second, and how they follow each other. */
async function minutesOf(database: Database): Promise<MinutesAffected> {
  const rows = await database.all(
    `WITH minutes AS (SELECT DISTINCT epoch(timestamp)::BIGINT // 60 AS minute FROM touched),
       spans AS (SELECT minute, minute - row_number() OVER (ORDER BY minute) AS span FROM minutes)
     SELECT min(minute)::DOUBLE AS first, max(minute)::DOUBLE AS last, count(*)::DOUBLE AS minutes
     FROM spans GROUP BY span ORDER BY first`,
  );
  const iso = (minute: unknown) => `${new Date(Number(minute) * 60_000).toISOString().slice(0, 16)}Z`;
  return {
    affected: rows.reduce((sum, { minutes }) => sum + Number(minutes), 0),
    spans: rows.slice(0, mostSpans).map(({ first, last }) => ({ from: iso(first), to: iso(last) })),
  };
}
