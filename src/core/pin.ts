import { createHash } from 'node:crypto';
import type { AsOfBasis } from './as-of.ts';
import { GexlakeError } from './errors.ts';
import { isStoredPath } from './stored-path.ts';

/*
 * A pin is a set of published files under a name: those that counted at one time, kept whatever happens to them later. Its manifest says
 * which, and the SHA-256 of the manifest is what a paper or a report cites.
 */

export type PinnedFile = {
  /** Where it lay then, and lies below the pin's folder. */
  readonly path: string;
  readonly size_bytes: number;
  readonly sha256: string;
  readonly rows: number;
  readonly job_id: string;
};

export type PinManifest = {
  readonly format: 'gexlake pin 1';
  readonly as_of: string;
  readonly basis: AsOfBasis;
  readonly files: readonly PinnedFile[];
};

export const pinManifestName = 'manifest.json';

/** What the command line has for other things. */
const reserved = new Set(['list', 'verify', 'help']);

/** @throws PIN_INVALID for what cannot be the name of a folder everywhere */
export function parsePinName(text: string): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9_-])?$/.test(text) && !reserved.has(text)) return text;
  throw new GexlakeError('PIN_INVALID', `${JSON.stringify(text)} cannot be the name of a pin`, {
    hint: 'Take letters, digits, ., _ and -, at most 63 of them, for example paper-2025-11. `list`, `verify` and `help` are commands.',
  });
}

/** The one way in which a manifest is written: equal files give equal bytes, and so the same id. */
export function manifestText({ format, as_of, basis, files }: PinManifest): string {
  const listed = files.map(({ path, size_bytes, sha256, rows, job_id }) => ({
    path,
    size_bytes,
    sha256,
    rows,
    job_id,
  }));
  listed.sort((left, right) => (left.path < right.path ? -1 : 1));
  return `${JSON.stringify({ format, as_of, basis, files: listed }, null, 1)}\n`;
}

/** The id by which a pin is cited: the SHA-256 of its manifest. */
export function pinId(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Null for a text that {@link manifestText} has not written. */
export function parseManifest(text: string): PinManifest | null {
  try {
    const manifest = JSON.parse(text) as PinManifest;
    const isKnown = manifest.format === 'gexlake pin 1' && manifest.files.every(({ path }) => isStoredPath(path));
    return isKnown && manifestText(manifest) === text ? manifest : null;
  } catch {
    // What is no JSON, or no object with files, is no manifest.
    return null;
  }
}
