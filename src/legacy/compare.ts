import { ladderForm, type Dataset } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import { formatTimestamp } from '../core/session.ts';
import { jsonLines, parquetRows, sqlName, sqlText, type Database } from '../db/db.ts';
import { isNumber, isText, type OldColumns } from './columns.ts';
import { entriesSql, jsonOf, ladderJson } from './ladders.ts';
import { readOld } from './reading.ts';
import type { OldFile, OldSource } from './source.ts';
import { secondSql } from './times.ts';

/** The canonical columns that an old source has something for. Null: it has no rows of that dataset. */
export type HeldColumns = { readonly snapshots: readonly string[]; readonly strikes: readonly string[] | null };

type CanonicalFile = { readonly dataset: Dataset; readonly path: string };

/** Canonical files by their absolute paths: those written for a source, and live ones that may hold rows of it already. */
export type MigratedFiles = {
  readonly own: readonly CanonicalFile[];
  readonly live: readonly CanonicalFile[];
  /** The records that were set aside, or null where none were. */
  readonly setAsidePath: string | null;
};

/** One value to compare: as SQL over the source's rows, and over those of a canonical file. */
type Value = { readonly name: string; readonly source: string; readonly canonical: string };

/** Rows `s, …` of a source, and what to select of canonical files to find them again. */
type Side = { readonly source: string; readonly canonical: string };

const block = ['session_date', 'timestamp', 'ticker'];

export function heldColumns({ main, snapshots, endpoint }: OldSource): HeldColumns {
  const files = [main, ...(snapshots === null ? [] : [snapshots])].map(({ columns }) => columns);
  const scalars = files.flatMap((columns) => recordValues(columns).map(({ name }) => name));
  const hasExtra = files.some((columns) => columns.extra !== null || columns.unknown.length > 0);
  const known = new Set([...scalars.filter((name) => !name.startsWith('extra.')), ...(hasExtra ? ['extra'] : [])]);
  const strikes = strikeValues(main, endpoint);
  return {
    snapshots: [...block, ...known],
    strikes: strikes === null ? null : [...block, ...strikes.map(({ name }) => name)],
  };
}

/**
 * Looks for every row of an old source in the canonical files, and for every row of the files written for it in the source, value
 * by value over all columns that the source has. Rows of seconds that were set aside need not be found.
 *
 * @throws EXPORT_MISMATCH with the first second that differs
 */
export async function compareWithSource(engine: Database, source: OldSource, files: MigratedFiles): Promise<void> {
  const { path } = source.main;
  const sides = { snapshots: snapshotsSide(source), strikes: strikesSide(source) };
  for (const dataset of ['snapshots', 'strikes'] as const) {
    const side = sides[dataset];
    if (side === null) continue;
    const own = pathsOf(files.own, dataset);
    const all = canonicalRows(side, [...own, ...pathsOf(files.live, dataset)]);
    const missing = `SELECT s FROM (${side.source} EXCEPT ${all}) WHERE s NOT IN (${secondsSetAside(files.setAsidePath)})`;
    await mustBeNone(engine, missing, `rows of ${path} are not found again in ${dataset}`);
    const invented = `SELECT s FROM (${canonicalRows(side, own)} EXCEPT ALL ${side.source})`;
    await mustBeNone(engine, invented, `rows written into ${dataset} are not in ${path}`);
  }
}

function pathsOf(files: readonly CanonicalFile[], dataset: Dataset): string[] {
  return files.filter((file) => file.dataset === dataset).map(({ path }) => path);
}

async function mustBeNone(engine: Database, query: string, problem: string): Promise<void> {
  const row = await engine.first(`SELECT count(*) AS rows, min(s)::DOUBLE AS first_s FROM (${query})`);
  const rows = Number(row?.['rows'] ?? 0);
  if (rows === 0) return;
  const first = formatTimestamp(Number(row?.['first_s']));
  throw new GexlakeError('EXPORT_MISMATCH', `${rows} ${problem}, the first of ${first}`, {
    hint: 'The old file was left as it is. Please report it with a few of its rows.',
  });
}

function secondsSetAside(path: string | null): string {
  if (path === null) return 'SELECT NULL::BIGINT WHERE false';
  return `SELECT timestamp_s FROM ${jsonLines(path, { timestamp_s: 'BIGINT' })}`;
}

function canonicalRows({ source, canonical }: Side, paths: readonly string[]): string {
  if (paths.length === 0) return `(SELECT * FROM ${source} WHERE false)`;
  return `(SELECT ${canonical} FROM ${parquetRows(paths)})`;
}

function sideOf(values: readonly Value[], rows: (list: string) => string, second: string): Side {
  const list = (pick: (value: Value) => string) => values.map((value) => `, ${pick(value)} AS ${sqlName(value.name)}`);
  return {
    source: `(${rows(`${second} AS s${list(({ source }) => source).join('')}`)})`,
    canonical: `epoch_us(timestamp) // 1000000 AS s${list(({ canonical }) => canonical).join('')}`,
  };
}

/** The strikes of a source, or null where it has none. */
function strikesSide({ main, endpoint }: OldSource): Side | null {
  const values = strikeValues(main, endpoint);
  const { ladder, timestamp } = main.columns;
  if (values === null) return null;
  const second = secondSql(timestamp, main.time);
  if (ladder.kind !== 'whole') return sideOf(values, (list) => `SELECT ${list} FROM ${readOld(main.path)}`, second);
  const entries = entriesSql(endpoint, ladderJson(ladder.column));
  // A record without a ladder has one row with a null strike.
  const unnested = `SELECT *, unnest(CASE WHEN len(${entries}) > 0 THEN ${entries} ELSE [NULL] END) AS e FROM ${readOld(main.path)}`;
  return sideOf(values, (list) => `SELECT ${list} FROM (${unnested})`, second);
}

/** The values of a strike, of columns or of the entry `e` of a whole ladder; null where there are no strikes. */
function strikeValues({ columns }: OldFile, endpoint: OldSource['endpoint']): Value[] | null {
  const { ladder } = columns;
  const form = ladderForm(endpoint);
  if (form === null || ladder.kind === 'none') return null;
  if (ladder.kind === 'rows') {
    const numbers = [...ladder.numbers].map(([name, column]) => numberValue(name, sqlName(column)));
    return [...spotValues(columns), ...numbers, ...(ladder.priors === null ? [] : [priorsValue(ladder.priors)])];
  }
  const at = form.lead.length;
  const lead = form.lead.map((name, place) => numberValue(name, `(e->>${place})::DOUBLE`));
  const trailing = form.trailing.map((name, place) => numberValue(name, `(e->>${at + 1 + place})::DOUBLE`));
  const priors = `CASE WHEN json_type(e->${at}) = 'ARRAY' THEN from_json(e->${at}, '["DOUBLE"]') END`;
  return [...spotValues(columns), ...lead, { name: 'priors', source: priors, canonical: 'priors' }, ...trailing];
}

function priorsValue({ name, type }: { readonly name: string; readonly type: string }): Value {
  const source = isText(type)
    ? `from_json(nullif(${sqlName(name)}::VARCHAR, ''), '["DOUBLE"]')`
    : `list_transform(${sqlName(name)}, lambda p: ${finite('p')})`;
  return { name: 'priors', source, canonical: 'priors' };
}

/** The rows of `snapshots` that a source makes: its records, or one for each second of its strikes. */
function snapshotsSide({ main, snapshots }: OldSource): Side {
  const second = secondSql(main.columns.timestamp, main.time);
  if (snapshots === null) {
    const rows = main.columns.ladder.kind === 'rows' ? 'SELECT DISTINCT' : 'SELECT';
    return sideOf(recordValues(main.columns), (list) => `${rows} ${list} FROM ${readOld(main.path)}`, second);
  }
  // Of the file beside it; for seconds that only the strikes have, all is null, and their spot is compared with the strikes.
  const beside = secondSql(snapshots.columns.timestamp, snapshots.time);
  const values = recordValues(snapshots.columns).filter(({ name }) => name !== 'spot');
  const found = sideOf(values, (list) => `SELECT ${list} FROM ${readOld(snapshots.path)}`, beside);
  const nulls = values.map(() => ', NULL').join('');
  const others = `SELECT DISTINCT ${second}${nulls} FROM ${readOld(main.path)}
    WHERE ${second} NOT IN (SELECT ${beside} FROM ${readOld(snapshots.path)})`;
  return { source: `(${found.source} UNION ALL (${others}))`, canonical: found.canonical };
}

/** What a row says of its record; fields that go to `extra` are called `extra.<name>`. */
function recordValues(columns: OldColumns): Value[] {
  const { scalars, maxPriors, unknown } = columns;
  const known = [...scalars].map(([name, column]) => numberValue(name, sqlName(column.name)));
  const pairs =
    maxPriors === null
      ? []
      : [
          {
            name: 'max_priors',
            source: `json_transform(${jsonOf(maxPriors)}, '[["DOUBLE"]]')`,
            canonical: 'max_priors',
          },
        ];
  const others = unknown.map(({ name, type }) => {
    const text = `extra->>${sqlText(`$.${JSON.stringify(name)}`)}`;
    if (!isNumber(type)) return { name: `extra.${name}`, source: `${sqlName(name)}::VARCHAR`, canonical: `(${text})` };
    return { name: `extra.${name}`, source: finite(sqlName(name)), canonical: finite(`TRY_CAST(${text} AS DOUBLE)`) };
  });
  return [...spotValues(columns), ...known, ...pairs, ...others];
}

function spotValues({ spot }: OldColumns): Value[] {
  return spot === null ? [] : [numberValue('spot', sqlName(spot))];
}

function numberValue(name: string, source: string): Value {
  return { name, source: finite(source), canonical: sqlName(name) };
}

/** A number; what is none (NaN, infinite) is null in canonical rows. */
function finite(value: string): string {
  return `CASE WHEN isfinite((${value})::DOUBLE) THEN (${value})::DOUBLE END`;
}
