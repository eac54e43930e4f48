import { GexlakeError } from '../core/errors.ts';
import type { Expectation, LoadedSource, PrivateFile } from '../core/journey.ts';
import type { Database } from '../db/db.ts';
import { hashFile } from '../platform/checksum.ts';
import { checkPrivateFile } from './engine-checks.ts';

declare const mark: unique symbol;

/** A private file that was found to hold what it should. Only this room gives one out, and only such a file can be published. */
export type CheckedFile = PrivateFile & { readonly [mark]: true };

/** Loaded files that DuckDB has read back and found to hold what was loaded. */
export type CheckedFiles = { readonly files: readonly CheckedFile[] };

/** Checks every private file against what was counted while loading. @throws EXPORT_MISMATCH */
export async function checkLoaded(
  database: Database,
  loaded: LoadedSource,
  expected: Expectation,
): Promise<CheckedFiles> {
  const files: CheckedFile[] = [];
  for (const file of loaded.files) {
    await checkPrivateFile(database, file, expected);
    files.push(asChecked(file));
  }
  return { files };
}

/** Checks a private copy of a file that has been published before: it must have the very bytes that the log knows. @throws FILE_CHANGED */
export async function checkCopy(file: PrivateFile, of: string): Promise<CheckedFile> {
  const found = await hashFile(file.path);
  if (found === file.checksum) return asChecked(file);
  throw new GexlakeError('FILE_CHANGED', `${of} has sha256 ${found}, logged is ${file.checksum}`, {
    details: { path: of },
    hint: '`gexlake repair` shows whether it can be put back; else it must come from a backup.',
  });
}

/** For who has just compared all that the file holds. */
export function asChecked(file: PrivateFile): CheckedFile {
  return file as CheckedFile;
}
