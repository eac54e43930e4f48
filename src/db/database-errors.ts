import { isDefect } from '../core/defects.ts';
import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { pathOfPattern } from './file-scan.ts';

/** What an error of DuckDB means for the caller. `database` names the file or "the engine". */
export function toDatabaseError(thrown: unknown, database: string): GexlakeError {
  if (thrown instanceof GexlakeError || isDefect(thrown)) return toGexlakeError(thrown);
  const text = withPath(redactText(thrown instanceof Error ? thrown.message : String(thrown)));
  const options = (hint: string) => ({ cause: thrown, details: { path: database }, hint });
  if (/No space left|disk is full|Could not write all/i.test(text)) {
    return new GexlakeError(
      'DISK_FULL',
      `no space left to write ${database}`,
      options('Free space on that disk, then retry the job.'),
    );
  }
  if (/^Out of Memory Error|Too many open files|create thread/i.test(text)) {
    return new GexlakeError(
      'RESOURCES_EXHAUSTED',
      `${database}: ${firstLine(text)}`,
      options(
        'Give gexlake more memory (GEXLAKE_MEMORY_MB) or fewer threads (GEXLAKE_THREADS), or raise the limits of this user, then try again.',
      ),
    );
  }
  const parquet = /["'](\/.*?\.parquet)["']/.exec(text)?.[1];
  if (parquet !== undefined) {
    return new GexlakeError(
      'FILE_SYSTEM',
      `cannot read ${parquet}: ${firstLine(text)}`,
      options('`gexlake verify` says what is wrong with it, `gexlake repair` what can be done.'),
    );
  }
  if (/Permission denied|Read-only file system|Cannot open file .*read-only/i.test(text)) {
    return new GexlakeError(
      'FOLDER_NOT_WRITABLE',
      `not allowed to write ${database}`,
      options('Give this user the right to it.'),
    );
  }
  if (/version number|newer version of DuckDB|storage version/i.test(text)) {
    return new GexlakeError(
      'DATABASE_NEWER',
      `${database} was written by a newer DuckDB`,
      options('Use the newer gexlake that wrote it.'),
    );
  }
  // The headers of a database take 12,288 bytes and are written first.
  if (/attempted to read 4096 bytes from location (?:4096|8192)\b/.test(text)) {
    return new GexlakeError(
      'DATABASE_DAMAGED',
      `${database} was begun and never finished`,
      options('It holds nothing yet: remove it, then try again.'),
    );
  }
  if (
    /not a valid DuckDB database|Corrupt database|stored checksum|Could not read enough bytes|replaying WAL/i.test(text)
  ) {
    return new GexlakeError(
      'DATABASE_DAMAGED',
      `${database} is damaged: ${firstLine(text)}`,
      options(afterDamage(database)),
    );
  }
  return new GexlakeError(
    'DATABASE_UNEXPECTED',
    `${database}: ${firstLine(text)}`,
    options(
      'gexlake does not know this answer of DuckDB. `gexlake verify` says whether the data is whole. Please report the message.',
    ),
  );
}

/** What to do about a damaged database, by which one it is. */
function afterDamage(path: string): string {
  if (path.endsWith('gex_data.db'))
    return 'It holds nothing canonical: remove it, and the next import makes a new one.';
  return 'Do not delete it. `gexlake verify` names the snapshot to put back by `gexlake restore`.';
}

/** The process that holds a database's lock, from DuckDB's words; null where the error is not about a lock. */
export function lockHolder(thrown: unknown): { readonly pid: number | null } | null {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (!/Could not set lock on file|Conflicting lock/i.test(text)) return null;
  const pid = /PID (\d+)/.exec(text)?.[1];
  return { pid: pid === undefined ? null : Number(pid) };
}

/** DuckDB names a file that is not there by the pattern that it was asked for. */
function withPath(text: string): string {
  return text.replace(/(?<=No files found that match the pattern ").*(?=")/, pathOfPattern);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}
