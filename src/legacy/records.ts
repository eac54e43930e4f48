import { ladderForm } from '../core/contract.ts';
import { sqlName, sqlText, type Database } from '../db/db.ts';
import { isNumber, isText, type FileColumn, type OldColumns } from './columns.ts';
import { entriesSql, jsonOf, ladderJson } from './ladders.ts';
import { readOld } from './reading.ts';
import type { OldFile, OldSource } from './source.ts';
import { secondSql } from './times.ts';

/**
 * Writes the rows of an old file as records in the vendor's form, one after the other in the order of their seconds, so that they
 * pass the same checks as any source. Numbers keep every digit. What a file lacks is null; NaN counts as null.
 */
export async function writeRecords(engine: Database, source: OldSource, path: string): Promise<void> {
  const pieces = source.main.columns.ladder.kind === 'rows' ? piecesOfRows(source) : piecesOfRecords(source);
  // A text in CSV with nothing to delimit or quote it: DuckDB writes the pieces as they are, a line each, in their order.
  await engine.run(
    `COPY (${pieces}) TO ${sqlText(path)} (FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\u0001')`,
  );
}

/** One piece for each record. */
function piecesOfRecords({ main, ticker, endpoint }: OldSource): string {
  const { columns } = main;
  const second = secondSql(columns.timestamp, main.time);
  const form = ladderForm(endpoint);
  const ladder =
    columns.ladder.kind === 'whole' && form !== null
      ? `',"${form.field}":' || coalesce(to_json(${entriesSql(endpoint, ladderJson(columns.ladder.column))})::VARCHAR, 'null')`
      : "''";
  const head = headSql(ticker, { second, spot: spotOf(columns), scalars: scalarsSql(columns) });
  return `SELECT ${head} || ${ladder} || '}' FROM ${readOld(main.path)} ORDER BY ${second}, file_row_number`;
}

/**
 * One piece for each strike; the first of a record begins with the record's head, the last ends it. A second with the same
 * strikes more than once has more than one record: where all of them come equally often, the n-th of each strike is of the n-th
 * record; else a record begins where a strike comes again.
 */
function piecesOfRows(source: OldSource): string {
  const { main, snapshots, ticker, endpoint, hasRepeats } = source;
  const form = ladderForm(endpoint);
  const { columns } = main;
  const strike = columns.ladder.kind === 'rows' ? sqlName(columns.ladder.numbers.get('strike') ?? '') : '';
  const rows = `SELECT ${secondSql(columns.timestamp, main.time)} AS s, file_row_number AS n, ${spotOf(columns)} AS spot,
    ${strike} AS strike, ${entryOfRow(source)} AS entry FROM ${readOld(main.path)}`;
  const numbered = hasRepeats ? numberedSql(rows) : `SELECT *, 1 AS k FROM (${rows})`;
  const placed = `SELECT *, row_number() OVER (PARTITION BY s, k ORDER BY n) AS place, count(*) OVER (PARTITION BY s, k) AS many
    FROM (${numbered})`;
  const joined = snapshots === null ? `SELECT *, '' AS scalars FROM (${placed})` : joinedSql(placed, snapshots);
  const head = headSql(ticker, { second: 's', spot: 'spot', scalars: 'scalars' });
  return `SELECT CASE WHEN place = 1 THEN ${head} || ',"${form?.field ?? ''}":[' ELSE ',' END
      || coalesce(entry, '') || CASE WHEN place = many THEN ']}' ELSE '' END
    FROM (${joined}) ORDER BY s, k, place`;
}

/** Numbers the records of each second as `k`. */
function numberedSql(rows: string): string {
  return `SELECT * EXCLUDE (k, often, most, least), CASE WHEN most = least THEN k
      ELSE max(k) OVER (PARTITION BY s ORDER BY n ROWS UNBOUNDED PRECEDING) END AS k
    FROM (SELECT *, max(often) OVER (PARTITION BY s) AS most, min(often) OVER (PARTITION BY s) AS least
      FROM (SELECT *, row_number() OVER (PARTITION BY s, strike ORDER BY n) AS k, count(*) OVER (PARTITION BY s, strike) AS often
        FROM (${rows})))`;
}

/** Gives each record the scalars of its snapshot; snapshots without strikes become records without a ladder. */
function joinedSql(placed: string, snapshots: OldFile): string {
  const { columns, time, path } = snapshots;
  const second = secondSql(columns.timestamp, time);
  const found = `SELECT ${second} AS s, row_number() OVER (PARTITION BY ${second} ORDER BY file_row_number) AS k,
    ${spotOf(columns)} AS spot, ${scalarsSql(columns)} AS scalars FROM ${readOld(path)}`;
  return `WITH placed AS (${placed}), found AS (${found})
    SELECT p.s, p.k, p.place, p.many, p.entry, coalesce(own.spot, first.spot, p.spot) AS spot,
      coalesce(own.scalars, first.scalars, '') AS scalars
    FROM placed AS p LEFT JOIN found AS own ON own.s = p.s AND own.k = p.k LEFT JOIN found AS first ON first.s = p.s AND first.k = 1
    UNION ALL
    SELECT s, k, 1 AS place, 1 AS many, NULL AS entry, spot, scalars FROM found ANTI JOIN placed USING (s, k)`;
}

/** What stands before a record's ladder. `second`, `spot` and `scalars` are SQL. */
function headSql(
  ticker: string,
  { second, spot, scalars }: { readonly second: string; readonly spot: string; readonly scalars: string },
): string {
  const text = sqlText(`,"ticker":${JSON.stringify(ticker)},"spot":`);
  return `'{"timestamp":' || ${second} || ${text} || ${numberSql(spot)} || ${scalars}`;
}

function spotOf(columns: OldColumns): string {
  return columns.spot === null ? 'NULL::DOUBLE' : `${sqlName(columns.spot)}::DOUBLE`;
}

/** The fields of a record besides timestamp, ticker, spot and ladder, each with a comma before it. */
function scalarsSql({ scalars, maxPriors, extra, unknown }: OldColumns): string {
  const known = [...scalars].map(([name, column]) => fieldSql(name, numberSql(sqlName(column.name))));
  const pairs = maxPriors === null ? [] : [fieldSql('max_priors', `coalesce(${jsonOf(maxPriors)}, 'null')`)];
  const others = unknown.map((column) => {
    const name = sqlName(column.name);
    const value = isNumber(column.type) ? digitsSql(name, column.type) : `to_json(${name})::VARCHAR`;
    return `CASE WHEN ${name} IS NULL THEN '' ELSE ${fieldSql(column.name, value)} END`;
  });
  const kept = extra === null ? [] : [insideOf(`${sqlName(extra)}::VARCHAR`)];
  const parts = [...known, ...pairs, ...others, ...kept];
  return parts.length === 0 ? "''" : `(${parts.join(' || ')})`;
}

/** The fields of an object that is JSON text, with a comma before them; nothing of an empty one or of null. */
function insideOf(object: string): string {
  return `CASE WHEN length(${object}) > 2 THEN ',' || substr(${object}, 2, length(${object}) - 2) ELSE '' END`;
}

function fieldSql(name: string, value: string): string {
  return `${sqlText(`,${JSON.stringify(name)}:`)} || ${value}`;
}

/** One entry of a ladder in the vendor's form. */
function entryOfRow({ main, endpoint }: OldSource): string {
  const form = ladderForm(endpoint);
  const { ladder } = main.columns;
  if (form === null || ladder.kind !== 'rows') return "''";
  const number = (name: string) => {
    const column = ladder.numbers.get(name);
    return column === undefined ? "'null'" : numberSql(sqlName(column));
  };
  const items = [...form.lead.map(number), priorsSql(ladder.priors), ...form.trailing.map(number)];
  return `CASE WHEN ${sqlName(ladder.numbers.get('strike') ?? '')} IS NOT NULL THEN '[' || ${items.join(" || ',' || ")} || ']' END`;
}

function priorsSql(priors: FileColumn | null): string {
  if (priors === null) return "'null'";
  const name = sqlName(priors.name);
  if (isText(priors.type)) return `coalesce(nullif(${name}::VARCHAR, ''), 'null')`;
  return `coalesce('[' || array_to_string(list_transform(${name}, lambda p: ${numberSql('p')}), ',') || ']', 'null')`;
}

/**
 * A number for `extra`, which keeps digits: a whole or decimal one in its own, which can be more than a double has. Without zeros behind
 * the point, which are DuckDB's and not the column's.
 */
function digitsSql(value: string, type: string): string {
  const number = /^(?:FLOAT|DOUBLE|REAL)$/i.test(type) ? numberSql(value) : `${value}::VARCHAR`;
  return `regexp_replace(${number}, '\\.0*$|(\\.\\d*?[1-9])0+$', '\\1')`;
}

/** A number as JSON with every digit; NaN, which old files have for null, as null. */
function numberSql(value: string): string {
  const number = `(${value})::DOUBLE`;
  const infinite = `CASE WHEN ${number} > 0 THEN 'Infinity' ELSE '-Infinity' END`;
  return `CASE WHEN ${value} IS NULL OR isnan(${number}) THEN 'null' WHEN isinf(${number}) THEN ${infinite}
    ELSE ${number}::VARCHAR END`;
}
