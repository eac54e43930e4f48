import { isDefect } from '../core/defects.ts';
import { GexlakeError, toGexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { pathOfPattern } from './file-scan.ts';

/** What DuckDB said: about which database (its file, or "the engine"), the first line of it, and what the pattern found in it. */
type Said = { readonly database: string; readonly line: string; readonly found: RegExpExecArray };

type Meaning = {
  readonly pattern: RegExp;
  readonly code: ErrorCode;
  readonly message: (said: Said) => string;
  readonly hint: (said: Said) => string;
};

/** What DuckDB's words mean: the first pattern that fits says it. */
const meanings: readonly Meaning[] = [
  {
    pattern: /No space left|disk is full|Could not write all/i,
    code: 'DISK_FULL',
    message: ({ database }) => `no space left to write ${database}`,
    hint: () => 'Free space on that disk, then retry the job.',
  },
  {
    pattern: /^Out of Memory Error|Too many open files|create thread/i,
    code: 'RESOURCES_EXHAUSTED',
    message: ({ database, line }) => `${database}: ${line}`,
    hint: () =>
      'Give gexlake more memory (GEXLAKE_MEMORY_MB) or fewer threads (GEXLAKE_THREADS), or raise the limits of this user, then try again.',
  },
  {
    pattern: /["'](?<file>\/.*?\.parquet)["']/,
    code: 'FILE_SYSTEM',
    message: ({ found, line }) => `cannot read ${found.groups?.['file']}: ${line}`,
    hint: () => '`gexlake verify` says what is wrong with it, `gexlake repair` what can be done.',
  },
  {
    pattern: /Permission denied|Read-only file system|Cannot open file .*read-only/i,
    code: 'FOLDER_NOT_WRITABLE',
    message: ({ database }) => `not allowed to write ${database}`,
    hint: () => 'Give this user the right to it.',
  },
  {
    pattern: /version number|newer version of DuckDB|storage version/i,
    code: 'DATABASE_NEWER',
    message: ({ database }) => `${database} was written by a newer DuckDB`,
    hint: () => 'Use the newer gexlake that wrote it.',
  },
  {
    // The headers of a database take 12,288 bytes and are written first.
    pattern: /attempted to read 4096 bytes from location (?:4096|8192)\b/,
    code: 'DATABASE_DAMAGED',
    message: ({ database }) => `${database} was begun and never finished`,
    hint: () => 'It holds nothing yet: remove it, then try again.',
  },
  {
    pattern: /not a valid DuckDB database|Corrupt database|stored checksum|Could not read enough bytes|replaying WAL/i,
    code: 'DATABASE_DAMAGED',
    message: ({ database, line }) => `${database} is damaged: ${line}`,
    hint: ({ database }) => afterDamage(database),
  },
];

const unknownAnswer =
  'gexlake does not know this answer of DuckDB. `gexlake verify` says whether the data is whole. Please report the message.';

/** What an error of DuckDB means for the caller. `database` names the file or "the engine". */
export function toDatabaseError(thrown: unknown, database: string): GexlakeError {
  if (thrown instanceof GexlakeError || isDefect(thrown)) return toGexlakeError(thrown);
  const text = withPath(redactText(thrown instanceof Error ? thrown.message : String(thrown)));
  const line = firstLine(text);
  const known = { cause: thrown, details: { path: database } };
  for (const { pattern, code, message, hint } of meanings) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const said = { database, line, found };
    return new GexlakeError(code, message(said), { ...known, hint: hint(said) });
  }
  return new GexlakeError('DATABASE_UNEXPECTED', `${database}: ${line}`, { ...known, hint: unknownAnswer });
}

/** What to do about a damaged database, by which one it is. */
function afterDamage(path: string): string {
  if (path.endsWith('gex_data.db'))
    return 'It holds nothing canonical: remove it, and the next import makes a new one.';
  return 'Do not delete it. `gexlake verify` names the snapshot to put back by `gexlake restore`.';
}

/** Whether an error says that the WAL of a database cannot be read, whatever its file holds. */
export function isOfWal(error: unknown): boolean {
  return error instanceof GexlakeError && error.cause instanceof Error && /replaying WAL/i.test(error.cause.message);
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
