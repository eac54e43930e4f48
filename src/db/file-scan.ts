import { isAbsolute } from 'node:path';
import { sqlName, sqlText } from './sql.ts';

/*
 * The only place that lets DuckDB read files by their paths; `npm run imports` holds this. To DuckDB a path is a pattern and
 * may hold keys: below `lake[1]/` it reads the files of `lake1/`, and below `spot=5/` every file has a column `spot` that is 5.
 * Here a path is the path of one file, and a file has the columns that are written in it.
 */

export type ScanOptions = {
  /** Adds the column `filename`: the path as it was given. */
  readonly filename?: boolean;
  /** Adds the column `file_row_number`, from 0 on in each file. */
  readonly rowNumber?: boolean;
};

/** Rows of Parquet files, with every column that any of them has: null where a file has not. Opens all of them beforehand. */
export function parquetRows(paths: readonly string[], options: ScanOptions = {}): string {
  const asked = [
    'hive_partitioning = false',
    'union_by_name = true',
    ...(options.filename === true ? ['filename = true'] : []),
    ...(options.rowNumber === true ? ['file_row_number = true'] : []),
  ];
  return `read_parquet(${fileList(paths)}, ${asked.join(', ')})`;
}

/**
 * Rows of Parquet files with just these columns: null where a file has not got one. Opens no file before its rows are asked for, so
 * that a view over ten thousand files costs nothing; {@link parquetRows} takes 0.2 ms and 0.2 MB for a day's file.
 */
export function parquetColumns(
  paths: readonly string[],
  columns: readonly { readonly name: string; readonly type: string }[],
  { filename = false }: Pick<ScanOptions, 'filename'> = {},
): string {
  const schema = columns.map(({ name, type }) => {
    const column = `{name: ${sqlText(name)}, type: ${sqlText(type)}, default_value: NULL}`;
    return `${sqlText(name)}: ${column}`;
  });
  const asked = filename ? 'filename = true, ' : '';
  return `read_parquet(${fileList(paths)}, hive_partitioning = false, ${asked}schema = MAP {${schema.join(', ')}})`;
}

/** What DuckDB tells of Parquet files without reading rows: `parquet_metadata` has a row for each column of each row group. */
export function parquetFacts(
  of: 'parquet_metadata' | 'parquet_file_metadata' | 'parquet_kv_metadata' | 'parquet_schema',
  paths: readonly string[],
): string {
  return `${of}(${fileList(paths)})`;
}

/** The lines of a file, each a JSON object, with just these columns. */
export function jsonLines(path: string, columns: Readonly<Record<string, string>>): string {
  const types = Object.entries(columns).map(([name, type]) => `${sqlName(name)}: ${sqlText(type)}`);
  return `read_json(${literalPath(path)}, format = 'newline_delimited', columns = {${types.join(', ')}}, hive_partitioning = false)`;
}

function fileList(paths: readonly string[]): string {
  return `[${paths.map(literalPath).join(', ')}]`;
}

/** Any byte but the backslash, which DuckDB takes for the end of a folder's name wherever there is a pattern. */
const backslash = '[!]-\u007f\u0001-[À-\u{10ffff}]';

/**
 * The pattern by which DuckDB finds the file of this path and no other. A path without `*`, `?` and `[` is no pattern; in others these
 * stand between brackets. A relative path could begin like a URL, an option or a home folder, so it is a defect to give one.
 */
export function patternOf(path: string): string {
  if (!isAbsolute(path)) throw new Error(`a relative path for DuckDB: ${path}`);
  if (!/[*?[]/.test(path)) return path;
  return path.replaceAll(/[*?[\\]/g, (character) => (character === '\\' ? backslash : `[${character}]`));
}

/** A path as SQL, meaning the file of this name and no other. */
function literalPath(path: string): string {
  return sqlText(patternOf(path));
}

/** The path that a pattern of {@link patternOf} stands for, in DuckDB's words about a file that is not there. */
export function pathOfPattern(pattern: string): string {
  return pattern.replaceAll(backslash, '\\').replaceAll(/\[([*?[])\]/g, '$1');
}
