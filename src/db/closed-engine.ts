import type { Database } from './database.ts';
import { patternOf } from './file-scan.ts';
import { sqlText } from './sql.ts';

/**
 * Closes an engine in memory before SQL runs that a user has written: from here on it opens no file but those named, loads and
 * installs nothing, attaches nothing, and none of this can be undone. DuckDB lets a path that it may read be written, too, so what
 * runs has to be judged as well (user-sql.ts): either of the two alone would have to be without a gap.
 *
 * Each file is named by itself, however many: 20,000 of them take half a second, and a folder would let in what is not live.
 */
export async function closeEngine(database: Database, allowed: Allowed): Promise<void> {
  // Counts what has been read; that it is printed would be the engine's own choice of a place.
  await database.run('SET enable_progress_bar = true');
  await database.run('SET enable_progress_bar_print = false');
  // The pattern by which a file is looked for has to be allowed like the file that is found.
  const paths = new Set(allowed.files.flatMap((path) => [path, patternOf(path)]));
  await database.run(`SET GLOBAL allowed_paths = ${listLiteral([...paths])}`);
  await database.run(`SET GLOBAL allowed_directories = ${listLiteral(allowed.folders)}`);
  await database.run('SET GLOBAL enable_external_access = false');
  await database.run('SET GLOBAL lock_configuration = true');
}

/** What a closed engine may open, as absolute paths. Of a folder, all that is in it. */
export type Allowed = { readonly files: readonly string[]; readonly folders: readonly string[] };

/** A list as one text, which the engine takes apart: ten times as fast as a list of literals. */
function listLiteral(paths: readonly string[]): string {
  const quoted = paths.map((path) => `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`);
  return sqlText(`[${quoted.join(', ')}]`);
}
