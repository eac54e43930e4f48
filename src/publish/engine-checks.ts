import { columnsOf, contractVersion, ladderForm } from '../core/contract.ts';
import { GexlakeError } from '../core/errors.ts';
import type { Expectation, PrivateFile } from '../core/journey.ts';
import { parquetRows, sqlName, type Database, type Row } from '../db/db.ts';

/** Sums of doubles depend on the order of adding; two orders of a day's rows agree far better than this. */
const sumTolerance = 1e-9;

/**
 * Re-opens a private Parquet file with DuckDB, which did not write it, and compares all that was counted while writing: rows,
 * first and last timestamp, sessions, ticker, required values, and the sums of every number column, read back from the data
 * and not from the file's statistics.
 *
 * @throws EXPORT_MISMATCH with the first difference
 */
export async function checkPrivateFile(database: Database, file: PrivateFile, expected: Expectation): Promise<void> {
  const source = parquetRows([file.path]);
  const constants = constantColumns(file, expected);
  const checks = [...commonChecks(file, expected), ...foreignRows(constants), ...datasetChecks(file, expected)];
  const row = await database.first(`SELECT ${checks.join(', ')} FROM ${source}`, Object.values(constants));
  if (row === null) throw mismatch(file, 'rows', { expected: file.rows, found: 0 });
  compare(file, 'rows', { expected: file.rows, found: row['rows'] });
  compare(file, 'first timestamp', { expected: file.first_timestamp_s, found: row['first_s'] });
  compare(file, 'last timestamp', { expected: file.last_timestamp_s, found: row['last_s'] });
  compare(file, 'sessions', { expected: file.sessionDates.join(', '), found: row['sessions'] });
  compare(file, `rows without ${requiredColumns(expected).join(', ')}`, { expected: 0, found: row['incomplete'] });
  for (const name of Object.keys(constants))
    compare(file, `rows of another ${name}`, { expected: 0, found: row[`rows of another ${name}`] });
  for (const check of [
    'repeated timestamps',
    'rows of another New York date',
    'rows without a strike that have a value',
  ]) {
    if (row[check] !== undefined) compare(file, check, { expected: 0, found: row[check] });
  }
  compareSums(file, row);
}

function requiredColumns({ spotMayLack }: Expectation): string[] {
  return ['session_date', 'timestamp', 'ticker', ...(spotMayLack === true ? [] : ['spot'])];
}

function commonChecks(file: PrivateFile, expected: Expectation): string[] {
  return [
    'count(*) AS rows',
    'epoch(min(timestamp)) AS first_s',
    'epoch(max(timestamp)) AS last_s',
    `${sessionsOf(file)} AS sessions`,
    `count(*) FILTER (WHERE ${requiredColumns(expected)
      .map((name) => `${name} IS NULL`)
      .join(' OR ')}) AS incomplete`,
  ];
}

function datasetChecks(file: PrivateFile, expected: Expectation): string[] {
  if (file.dataset === 'snapshots') {
    const all = columnNames(file, expected).map((name) => `count(${sqlName(name)})`);
    return [
      "count(*) - count(DISTINCT timestamp) AS 'repeated timestamps'",
      "count(*) FILTER (WHERE session_date <> (timestamp AT TIME ZONE 'America/New_York')::DATE) AS 'rows of another New York date'",
      `${all.join(' + ')} AS decoded`,
    ];
  }
  const form = ladderForm(expected.endpoint, file.contract ?? contractVersion);
  const sums = [...(form?.lead ?? []), ...(form?.trailing ?? [])].flatMap((name) => [
    `sum(${name}) AS ${sqlName(`${name} sum`)}`,
    `sum(abs(${name})) AS ${sqlName(`${name} magnitude`)}`,
  ]);
  const withoutStrike = (form?.lead.slice(1) ?? []).map((name) => `${name} IS NOT NULL`).join(' OR ');
  return [
    ...sums,
    'sum(len(priors)) AS priors',
    `count(*) FILTER (WHERE strike IS NULL AND (${withoutStrike} OR priors IS NOT NULL)) AS 'rows without a strike that have a value'`,
  ];
}

function columnNames(file: PrivateFile, { endpoint }: Expectation): string[] {
  return columnsOf(endpoint, file.dataset, file.contract ?? contractVersion).map(({ name }) => name);
}

/** The sessions that a file has, as one text. Where there is to be one, the first and the last tell as much as a list, for a fifth less time. */
function sessionsOf({ sessionDates }: PrivateFile): string {
  return sessionDates.length === 1
    ? "concat_ws(', ', min(session_date), nullif(max(session_date), min(session_date)))"
    : "array_to_string(list_sort(list(DISTINCT session_date)), ', ')";
}

/** The columns that have the same value in every row, and that value. */
function constantColumns(file: PrivateFile, expected: Expectation): Readonly<Record<string, string>> {
  const hasEndpoint = columnNames(file, expected).includes('endpoint');
  return { ticker: expected.ticker, ...(hasEndpoint ? { endpoint: expected.endpoint.name } : {}) };
}

function foreignRows(constants: Readonly<Record<string, string>>): string[] {
  return Object.keys(constants).map(
    (name) => `count(*) FILTER (WHERE ${name} IS DISTINCT FROM ?) AS 'rows of another ${name}'`,
  );
}

function compareSums(file: PrivateFile, row: Row): void {
  for (const [name, { sum, magnitude }] of Object.entries(file.sums)) {
    const found = Number(row[`${name} sum`] ?? 0);
    const foundMagnitude = Number(row[`${name} magnitude`] ?? 0);
    const allowed = magnitude * sumTolerance;
    const near = (left: number, right: number) =>
      left === right || Math.abs(left - right) <= allowed || magnitude === Infinity;
    if (!near(sum, found) || !near(magnitude, foundMagnitude))
      throw mismatch(file, `sum of ${name}`, { expected: sum, found });
  }
}

/** What was counted while a file was written, and what it has. */
type Values = { readonly expected: string | number; readonly found: unknown };

function compare(file: PrivateFile, what: string, { expected, found }: Values): void {
  if (String(found) !== String(expected)) throw mismatch(file, what, { expected, found });
}

function mismatch(file: PrivateFile, what: string, { expected, found }: Values): GexlakeError {
  return new GexlakeError(
    'EXPORT_MISMATCH',
    `the ${file.dataset} written for this job read back differently: ${what} is ${String(found)}, expected ${expected}`,
    {
      details: { path: file.path },
      hint: 'Nothing was published. Check the disk and memory of this machine, retry the job, and report it if it happens again.',
    },
  );
}
