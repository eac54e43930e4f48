import { dirname } from 'node:path';
import { datasetsOf } from '../core/contract.ts';
import type { Endpoint } from '../core/names.ts';
import { sqlName, type Database } from '../db/db.ts';
import { exists } from '../platform/files.ts';
import { recogniseColumns, type DescribedFile, type OldColumns } from './columns.ts';
import { identifyPath, snapshotsBeside, type PathForm, type PathIdentity } from './identity.ts';
import { ladderProblem } from './ladders.ts';
import { readOld, reading, textOf, unknown } from './reading.ts';
import { endpointOf, tickerOf } from './subject.ts';
import { recogniseTime, secondSql, timeWords, type TimeForm } from './times.ts';

/** One Parquet file of an old layout whose every column is known. */
export type OldFile = {
  readonly path: string;
  readonly columns: OldColumns;
  readonly time: TimeForm;
  readonly rows: number;
};

/** What is migrated as one: a file, or a file of strikes with the file of snapshots beside it. */
export type OldSource = {
  readonly main: OldFile;
  readonly snapshots: OldFile | null;
  readonly form: PathForm;
  readonly ticker: string;
  readonly endpoint: Endpoint;
  /** The session that the path names; null lets each record's own New York date decide. */
  readonly sessionDate: string | null;
  /** The New York dates of all rows, in order. */
  readonly dates: readonly string[];
  /** Whether some strike is there twice in one second, so that records must be told apart. */
  readonly hasRepeats: boolean;
};

/** What is known of a source beforehand: all, from its job, or only the folder below which its path says something of it. */
export type Known =
  | { readonly ticker: string | null; readonly endpoint: string | null; readonly session_date: string | null }
  | { readonly below: string };

/**
 * Recognises a file of an old layout, reading all of it.
 *
 * @throws OLD_LAYOUT_UNKNOWN with the reason, OLD_FILE_DAMAGED where it cannot be read to its end
 */
export async function recogniseSource(engine: Database, path: string, known: Known): Promise<OldSource> {
  const fromPath = identifyPath(path, 'below' in known ? known.below : dirname(path));
  const told = 'below' in known ? identityOf(fromPath) : known;
  const described = await describeFile(engine, path);
  const endpoint = await endpointOf(engine, described, told.endpoint);
  const main = await recogniseFile(engine, described, endpoint);
  const beside = main.columns.ladder.kind === 'rows' ? snapshotsBeside(path) : null;
  const snapshots =
    beside !== null && (await exists(beside))
      ? await recogniseFile(engine, await describeFile(engine, beside), endpoint)
      : null;
  if (snapshots !== null && snapshots.columns.ladder.kind !== 'none')
    throw unknown(
      snapshots.path,
      'it lies beside a file of strikes and should hold snapshots, but holds strikes itself',
    );
  const tickerColumns = [main, ...(snapshots === null ? [] : [snapshots])].map(({ path: file, columns }) => {
    return { path: file, column: columns.ticker };
  });
  const ticker = await tickerOf(engine, tickerColumns, told.ticker);
  const hasRepeats = main.columns.ladder.kind === 'rows' && (await checkLadderRows(engine, main));
  return {
    main,
    snapshots,
    form: fromPath.form,
    ticker,
    endpoint,
    sessionDate: told.session_date,
    dates: await datesOf(engine, [main, snapshots]),
    hasRepeats,
  };
}

function identityOf({ ticker, endpoint, date }: PathIdentity): Exclude<Known, { below: string }> {
  return { ticker, endpoint: endpoint?.name ?? null, session_date: date };
}

/** A source in words, for the plan: how it lies, what its rows are, how it tells the time, what it lacks. */
export function describeSource(source: OldSource): string {
  const { main, snapshots, form, endpoint } = source;
  const kinds = { rows: 'a row a strike', whole: 'a row a record', none: 'a row a record, no ladder' } as const;
  const beside = snapshots === null ? '' : ' and snapshots beside it';
  const spot = main.columns.spot === null && snapshots?.columns.spot == null ? ['spot'] : [];
  const lacksScalars = main.columns.ladder.kind === 'rows' && snapshots === null && datasetsOf(endpoint).length > 1;
  const lacks = [...spot, ...(lacksScalars ? ['all other scalars'] : [])];
  const nulls = lacks.length === 0 ? '' : `; null, since not there: ${lacks.join(' and ')}`;
  return `${form}, ${kinds[main.columns.ladder.kind]}${beside}; ${timeWords[main.time]}${nulls}`;
}

async function describeFile(engine: Database, path: string): Promise<DescribedFile> {
  const rows = await reading(path, async () => {
    // Decodes every value, so that a damaged file is found before anything is made of it.
    await engine.first(`SELECT sum(hash(t)) AS hashes FROM ${readOld(path)} AS t`);
    return engine.all(`DESCRIBE SELECT * EXCLUDE (file_row_number) FROM ${readOld(path)}`);
  });
  return { path, schema: rows.map((row) => ({ name: textOf(row['column_name']), type: textOf(row['column_type']) })) };
}

async function recogniseFile(engine: Database, { path, schema }: DescribedFile, endpoint: Endpoint): Promise<OldFile> {
  const found = recogniseColumns(endpoint, schema);
  if ('problem' in found) throw unknown(path, found.problem);
  const { columns } = found;
  const from = readOld(path);
  const rows = Number((await engine.first(`SELECT count(*) AS rows FROM ${from}`))?.['rows'] ?? 0);
  if (rows === 0) throw unknown(path, 'it has no rows');
  const time = await recogniseTime(engine, from, columns.timestamp);
  if ('problem' in time) throw unknown(path, time.problem);
  const { ladder } = columns;
  const problem =
    ladder.kind === 'whole' ? await ladderProblem(engine, { from, endpoint, column: ladder.column }) : null;
  if (problem !== null) throw unknown(path, problem);
  return { path, columns, time: time.form, rows };
}

/** Whether records repeat, after a look at the rows that have no strike. */
async function checkLadderRows(engine: Database, { path, columns, time }: OldFile): Promise<boolean> {
  if (columns.ladder.kind !== 'rows') return false;
  const from = readOld(path);
  const second = secondSql(columns.timestamp, time);
  const [strike = '', ...others] = [...columns.ladder.numbers.values()].map(sqlName);
  const hasValue = others.map((name) => `${name} IS NOT NULL`).join(' OR ');
  const headless = await engine.first(
    `SELECT count(*) FILTER (WHERE ${hasValue}) AS valued, count(*) AS rows FROM ${from} WHERE ${strike} IS NULL`,
  );
  if (Number(headless?.['valued'] ?? 0) > 0) throw unknown(path, 'rows without a strike have other values');
  if (Number(headless?.['rows'] ?? 0) > 0) {
    const mixed = await engine.first(
      `SELECT 1 AS x FROM ${from} GROUP BY ${second} HAVING count(*) > count(${strike}) AND count(${strike}) > 0 LIMIT 1`,
    );
    if (mixed !== null) throw unknown(path, 'some seconds have rows with a strike and rows without one');
  }
  const twice = await engine.first(
    `SELECT 1 AS x FROM ${from} GROUP BY ${second}, ${strike} HAVING count(*) > 1 LIMIT 1`,
  );
  return twice !== null;
}

async function datesOf(engine: Database, files: readonly (OldFile | null)[]): Promise<string[]> {
  const dates = new Set<string>();
  for (const file of files) {
    if (file === null) continue;
    const second = secondSql(file.columns.timestamp, file.time);
    const day = `(to_timestamp(${second}) AT TIME ZONE 'America/New_York')::DATE::VARCHAR`;
    for (const row of await engine.all(`SELECT DISTINCT ${day} AS day FROM ${readOld(file.path)}`))
      dates.add(textOf(row['day']));
  }
  return [...dates].sort();
}
