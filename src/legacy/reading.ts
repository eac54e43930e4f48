import { GexlakeError } from '../core/errors.ts';
import { parquetRows } from '../db/db.ts';

/** The table function over one old file, its rows numbered. Hive keys are read from the path by gexlake, not by DuckDB. */
export function readOld(path: string): string {
  return parquetRows([path], { rowNumber: true });
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The error of a file that is left as it is. */
export function unknown(path: string, problem: string): GexlakeError {
  return new GexlakeError('OLD_LAYOUT_UNKNOWN', `${path} is of no layout that is known: ${problem}`, {
    details: { path },
    hint: 'docs/migration.md says what is recognised. The file was left as it is.',
  });
}

/** Reads an old file; what DuckDB cannot read in it is its damage, and not one of the engine. */
export async function reading<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isOurs =
      error instanceof GexlakeError && (error.code === 'FILE_SYSTEM' || error.code === 'DATABASE_UNEXPECTED');
    if (!isOurs) throw error;
    const words = error.message.replace(/^the engine: /, '');
    throw new GexlakeError('OLD_FILE_DAMAGED', `${path} cannot be read to its end: ${words}`, {
      details: { path },
      hint: 'Get the file back from a backup. It was left as it is.',
      cause: error,
    });
  }
}
