import { GexlakeError } from '../core/errors.ts';
import type { JournalRow, RowChange } from '../journal/journal.ts';
import { proofFormat, type ProofFile } from './proof.ts';

/** The form of a proof: a text, a whole number, any value, a list of texts, or an object of these. */
type Form = Plain | { readonly [name: string]: Form } | readonly [Form];
type Plain = 'text' | 'text or null' | 'number' | 'count' | 'any' | 'texts';

const form: Form = {
  format: 'text',
  number: { ticker: 'text', endpoint: 'text', timestamp: 'text', strike: 'number', column: 'text', value: 'any' },
  record: { number: 'count', bytes: 'text', path: 'texts' },
  source: { checksum: 'text', record_root: 'text', records: 'count', rule: 'text' },
  job: { id: 'text' },
  file: { job_id: 'text', path: 'text', checksum: 'text' },
  checkpoint: 'text',
  entries: [{ index: 'count', entry: 'text', payload: 'text or null', path: 'texts' }],
};

/**
 * Reads the text of a proof. It has every field that a proof has, and no other.
 * @throws PROOF_INVALID
 */
export function readProof(text: string): ProofFile {
  const value = parsed(text);
  const wrong = wrongAt(value, form, 'the proof');
  if (wrong !== null) throw invalid(wrong);
  // Its form was looked at.
  const proof = value as ProofFile;
  if ((proof.format as string) === proofFormat) return proof;
  throw invalid(`its format is ${JSON.stringify(proof.format)}, expected ${JSON.stringify(proofFormat)}`);
}

/** The rows that an entry of the journal changes, in its own text or in that of its payload. @throws PROOF_INVALID */
export function rowsOf(entry: string, payload: string | null): readonly (RowChange & { readonly row?: JournalRow })[] {
  const { rows } = parsed(entry) as { readonly rows?: unknown };
  const changes = payload === null ? rows : payload.split('\n').slice(0, -1).map(parsed);
  if (Array.isArray(changes)) return changes as RowChange[];
  throw invalid('an entry of it has its rows elsewhere');
}

/** What an entry says of the rows that it has elsewhere; null where it has them itself. */
export function payloadOf(entry: string): { readonly sha256: string; readonly size_bytes: number } | null {
  const { rows } = parsed(entry) as { readonly rows?: unknown };
  if (typeof rows !== 'object' || rows === null || Array.isArray(rows)) return null;
  return rows as { readonly sha256: string; readonly size_bytes: number };
}

/** The key that an entry names, as it is written there; null where it names none. @throws PROOF_INVALID */
export function keyOf(entry: string): { readonly verifier: string; readonly statement: string | null } | null {
  const { key } = parsed(entry) as { readonly key?: unknown };
  if (key === undefined) return null;
  const wrong = wrongAt(key, { verifier: 'text', statement: 'text or null' }, 'the key of an entry');
  if (wrong !== null) throw invalid(wrong);
  return key as { readonly verifier: string; readonly statement: string | null };
}

function invalid(why: string): GexlakeError {
  return new GexlakeError('PROOF_INVALID', `this is not a proof of gexlake: ${why}`, {
    hint: 'Give the file that `gexlake prove … --out` has written, as it was written.',
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalid('it is not JSON');
  }
}

function wrongAt(value: unknown, expected: Form, what: string): string | null {
  if (typeof expected === 'string') return isOf(value, expected) ? null : `${what} is no ${expected}`;
  if (isList(expected)) {
    if (!Array.isArray(value)) return `${what} is no list`;
    return firstOf(value.map((item, at) => wrongAt(item, expected[0], `${what}[${at}]`)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `${what} is no object`;
  const other = Object.keys(value).find((name) => !Object.hasOwn(expected, name));
  if (other !== undefined) return `${what} has ${JSON.stringify(other)}`;
  const fields = value as Readonly<Record<string, unknown>>;
  return firstOf(Object.entries(expected).map(([name, one]) => wrongAt(fields[name], one, `its ${name}`)));
}

function isList(expected: Form): expected is readonly [Form] {
  return Array.isArray(expected);
}

function firstOf(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}

function isOf(value: unknown, expected: Plain): boolean {
  switch (expected) {
    case 'text':
      return typeof value === 'string';
    case 'text or null':
      return value === null || typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'texts':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'any':
      return value !== undefined;
  }
}
