import { posix } from 'node:path';
import type { FoundParquet } from './found.ts';
import type { Version } from './versions.ts';

/** What a rewrite was about, as far as its files tell. A withdrawal is about a job. */
export type DerivedRewrite =
  | { readonly kind: 'compact' | 'restore' | 'repair'; readonly path: string }
  | { readonly kind: 'withdraw' };

/** What a job has done that has read nothing: by what it made, and what it took the place of. */
export function rewriteOf(made: readonly Version[], replaced: readonly Version[]): DerivedRewrite {
  const [first] = made;
  if (replaced.some(({ file }) => file.isWithdrawn)) return { kind: 'withdraw' };
  if (first === undefined) return { kind: 'compact', path: folderOf(replaced[0]?.file) };
  if (made.some(({ isCopy }) => !isCopy)) return { kind: 'compact', path: folderOf(first.file) };
  const isRepaired = made.every(({ file, before }) => before?.checksum === file.checksum);
  return { kind: isRepaired ? 'repair' : 'restore', path: first.file.livePath };
}

function folderOf(file: FoundParquet | undefined): string {
  return posix.dirname(file?.livePath ?? '');
}
