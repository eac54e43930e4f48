import { createHash } from 'node:crypto';
import { GexlakeError } from '../core/errors.ts';

/** How much of the kept files verifying reads byte by byte. All else is checked of every file, always. */
export type Reading =
  /** Everything, or where that is more than `verify_bytes`, the part whose turn it is today. */
  | { readonly kind: 'usual' }
  | { readonly kind: 'deep' }
  /** Nothing: directory entries and footers only, whatever there is. */
  | { readonly kind: 'none' }
  /** One of `of` parts, counted from 1. All parts together are everything. */
  | { readonly kind: 'part'; readonly part: number; readonly of: number };

/** Reads `n/m` as a part. @throws USAGE */
export function parseSample(text: string): Reading {
  const [, part, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const reading = { kind: 'part', part: Number(part), of: Number(of) } as const;
  if (reading.part >= 1 && reading.part <= reading.of) return reading;
  throw new GexlakeError('USAGE', `--sample is ${JSON.stringify(text)}, expected n/m with n from 1 to m`, {
    hint: 'For example --sample 3/10: the third of ten parts. All ten parts together are every file.',
  });
}

/** Which files are read: all, or those of one part. Part 0 is no file at all. */
export type Part = { readonly part: number; readonly of: number };

const day_ms = 86_400_000;

/** How much there is, how much of it may be read in one go, and when that is. */
type Amount = { readonly total_bytes: number; readonly budget_bytes: number; readonly now_ms: number };

/** The part that is read. */
export function partOf(reading: Reading, { total_bytes, budget_bytes, now_ms }: Amount): Part {
  if (reading.kind === 'part') return reading;
  if (reading.kind === 'none') return { part: 0, of: 1 };
  if (reading.kind === 'deep' || total_bytes <= budget_bytes) return { part: 1, of: 1 };
  const of = Math.ceil(total_bytes / budget_bytes);
  return { part: (Math.floor(now_ms / day_ms) % of) + 1, of };
}

/** Whether a path is in a part. It follows from the path alone, so a file stays in its part. */
export function isInPart(path: string, { part, of }: Part): boolean {
  return createHash('sha256').update(path).digest().readUInt32BE(0) % of === part - 1;
}
