/** First and last byte of a part. */
export type ByteRange = { readonly from: number; readonly to: number };

/**
 * The part of a body that is asked for; null for all of it, also where If-Range names none of what the body is known by, or what is
 * asked for is no single range.
 */
export function rangeOf(
  headers: Readonly<Record<string, string | undefined>>,
  length: number,
  validators: readonly string[],
): ByteRange | 'beyond' | null {
  const condition = headers['if-range'];
  if (condition !== undefined && !validators.includes(condition)) return null;
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first === '') return { from: Math.max(0, length - Number(last)), to: length - 1 };
  const range = { from: Number(first), to: Math.min(length - 1, last === '' ? length - 1 : Number(last)) };
  return range.from >= length || range.from > range.to ? 'beyond' : range;
}
