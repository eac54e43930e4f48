import type { RecordLengths } from './dictionary.ts';
import type { Lists, Pairs } from './lists.ts';
import type { ColumnValues } from './pages.ts';

/** A row group to be written: values by the names of their columns, of which a file takes those that it has. */
export type RowGroup = {
  readonly values: Readonly<Record<string, ColumnValues>>;
  readonly rows: number;
  /** The rows of each record of `strikes`; null where every row is a record. */
  readonly lengths: RecordLengths;
};

/** What every row of a file says. */
export type Constants = { readonly endpoint: string; readonly ticker: string };

/** What records have once: the day, the microsecond, and for `strikes` the spot (NaN for null). */
type RecordValues = { readonly days: readonly number[]; readonly timestamps: readonly number[] };

/** Rows of `strikes`: their records, with the rows of each, and the numbers of their ladders by the columns' names. */
export type StrikeRows = Constants &
  RecordValues & {
    readonly rows: number;
    readonly lengths: readonly number[];
    readonly spots: readonly number[];
    readonly numbers: Readonly<Record<string, Float64Array>>;
    readonly priors: Lists;
  };

/** Rows of `snapshots`, with their numbers by the columns' names. */
export type SnapshotRows = Constants &
  RecordValues & {
    readonly rows: number;
    readonly numbers: Readonly<Record<string, Float64Array>>;
    readonly maxPriors: Pairs;
    readonly extra: readonly (string | null)[];
  };

/** The row group of rows of `strikes`. Memory may be longer than the rows that are in it. */
export function strikeRowGroup(rows: StrikeRows): RowGroup {
  const { lengths, endpoint, ticker } = rows;
  const runs = (values: readonly (number | string)[]): ColumnValues => ({ kind: 'runs', values, lengths });
  const { width } = rows.priors;
  const priors = { ...rows.priors, values: rows.priors.values.subarray(0, rows.rows * width) };
  const values: Record<string, ColumnValues> = {
    endpoint: runs(lengths.map(() => endpoint)),
    session_date: runs(rows.days),
    timestamp: runs(rows.timestamps),
    ticker: runs(lengths.map(() => ticker)),
    spot: isRun(rows.spots) ? runs(rows.spots) : spotOfRows(rows),
    priors: { kind: 'lists', ...priors, lengths },
  };
  for (const [name, numbers] of Object.entries(rows.numbers))
    values[name] = { kind: 'doubles', values: numbers.subarray(0, rows.rows), lengths };
  return { values, rows: rows.rows, lengths };
}

/** Runs hold neither null nor -0. */
function isRun(spots: readonly number[]): boolean {
  return !spots.some((spot) => Number.isNaN(spot) || Object.is(spot, -0));
}

function spotOfRows({ rows, spots, lengths }: StrikeRows): ColumnValues {
  const values = new Float64Array(rows);
  let row = 0;
  for (const [record, spot] of spots.entries()) {
    const end = row + (lengths[record] ?? 0);
    values.fill(spot, row, end);
    row = end;
  }
  return { kind: 'doubles', values, lengths };
}

/** The row group of rows of `snapshots`. */
export function snapshotRowGroup(rows: SnapshotRows): RowGroup {
  const once = (values: readonly number[]): ColumnValues => ({ kind: 'runs', values, lengths: null });
  const always = (value: string): ColumnValues => ({ kind: 'runs', values: [value], lengths: [rows.rows] });
  const values: Record<string, ColumnValues> = {
    endpoint: always(rows.endpoint),
    session_date: once(rows.days),
    timestamp: once(rows.timestamps),
    ticker: always(rows.ticker),
    max_priors: { kind: 'pairs', ...rows.maxPriors },
    extra: { kind: 'texts', values: rows.extra },
  };
  for (const [name, numbers] of Object.entries(rows.numbers))
    values[name] = { kind: 'doubles', values: numbers.subarray(0, rows.rows), lengths: null };
  return { values, rows: rows.rows, lengths: null };
}
