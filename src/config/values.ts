/** What a value means, or what was expected in its place. */
export type Read<T> = { readonly value: T } | { readonly expected: string };

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** Texts separated by commas, or in the file an array of them; null for anything else. */
export function readList(given: unknown): readonly string[] | null {
  if (typeof given !== 'string') return Array.isArray(given) && given.every(isText) ? given : null;
  return given
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}
