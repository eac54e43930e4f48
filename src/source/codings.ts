import type { Coding } from '../core/journey.ts';

/** Codings that exist and that nothing here can unpack. */
const unreadable = new Set('compress x-compress exi aes128gcm pack200-gzip dcb dcz bzip2 x-bzip2 xz lzma'.split(' '));

/**
 * What the Content-Encoding fields of an answer say, as far as the bytes do not say it: the outermost coding first. gzip and zstd are
 * seen in the bytes, named or not, and what is no coding (`utf-8`, `none`, `binary`, `aws-chunked`) changes no bytes. `unknown`: a
 * coding that cannot be undone, or null.
 */
export function codingsOf(fields: readonly string[]): { codings: readonly Coding[]; unknown: string | null } {
  const names = fields.flatMap((field) => field.split(',')).map((name) => name.trim().toLowerCase());
  const codings = names.filter((name) => name === 'br' || name === 'deflate').toReversed();
  return { codings, unknown: names.find((name) => unreadable.has(name)) ?? null };
}
