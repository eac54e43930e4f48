import { GexlakeError, toGexlakeError } from '../../core/errors.ts';
import { hashFile } from '../../platform/checksum.ts';
import { readOnlyMode } from '../../platform/files.ts';
import type { FileStore } from '../../store/store.ts';
import type { KeptFile } from './expected-files.ts';
import { problem, type Problem, type ProblemCode } from '../../core/problem.ts';

/** What one look at a kept file has found. `isWhole` where it is there and nothing speaks against its bytes so far. */
export type Looked = {
  readonly file: KeptFile;
  readonly size_bytes: number;
  readonly isWhole: boolean;
  readonly problems: readonly Problem[];
  /** That it is not read-only, which on some disks nothing is. */
  readonly modeProblem: Problem | null;
};

const names = {
  live: 'published file',
  superseded: 'superseded file',
  source: 'staged source',
  archived: 'archived source',
  quarantine: 'quarantine file',
};

/** Looks at a file's directory entry: there, an ordinary file, read-only, of the logged size. */
export async function lookAt(store: Pick<FileStore, 'stat'>, file: KeptFile): Promise<Looked> {
  const facts = await store.stat(file.path);
  if (facts === null) {
    const problems = file.required ? [of(file, missingCode(file), 'is missing')] : [];
    return { file, size_bytes: 0, isWhole: false, problems, modeProblem: null };
  }
  if (!facts.isFile) {
    return {
      file,
      size_bytes: 0,
      isWhole: false,
      problems: [of(file, 'FILE_MODE', 'is no ordinary file')],
      modeProblem: null,
    };
  }
  const { mode } = facts;
  const modeProblem =
    mode === null || mode === readOnlyMode
      ? null
      : of(file, 'FILE_MODE', `has mode ${octal(mode)}, expected ${octal(readOnlyMode)}`);
  const problems: Problem[] = [];
  const isSize = file.size_bytes === null || file.size_bytes === facts.size_bytes;
  if (!isSize) problems.push(of(file, 'FILE_SIZE', `has ${facts.size_bytes} bytes, logged are ${file.size_bytes}`));
  return { file, size_bytes: facts.size_bytes, isWhole: isSize, problems, modeProblem };
}

/** Reads every byte of what lies at a full path and compares its SHA-256 with that of a file in the log. */
export async function checkBytes(fullPath: string, file: KeptFile): Promise<Problem[]> {
  const found = await hashFile(fullPath).catch((error: unknown) => toGexlakeError(error));
  if (found instanceof GexlakeError) return [unreadable(file, found)];
  if (file.checksum === null) return [];
  if (found === file.checksum) return [];
  return [of(file, checksumCode(file), `has SHA-256 ${found}, logged is ${file.checksum}`)];
}

function missingCode({ kind }: KeptFile): ProblemCode {
  if (kind === 'source' || kind === 'archived') return 'SOURCE_MISSING';
  return kind === 'quarantine' ? 'QUARANTINE_MISSING' : 'FILE_MISSING';
}

function checksumCode({ kind }: KeptFile): ProblemCode {
  if (kind === 'source' || kind === 'archived') return 'SOURCE_CHECKSUM';
  return kind === 'quarantine' ? 'QUARANTINE_CONTENT' : 'FILE_CHECKSUM';
}

/** A problem of a kept file, in words that name the file and its job. */
export function of(file: KeptFile, code: ProblemCode, what: string): Problem {
  const { path, jobId } = file;
  return problem(code, { path, jobId }, `${names[file.kind]} ${path} of job ${jobId} ${what}`);
}

/** That a file cannot be read, and why. */
export function unreadable(file: KeptFile, error: GexlakeError): Problem {
  return of(file, 'FILE_UNREADABLE', `cannot be read: ${error.message}`);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
