/** A number as JSON writes it, blanks around it aside. */
const written = /^[ \t\r\n]*-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?[ \t\r\n]*$/;

/**
 * A known number: as it is, or read from a text that holds one. Undefined for anything else: null, an empty text, `NaN` as a text, `1,234.5`
 * (which is 1234.5 to some and 1.2345 to others), a text whose number is beyond doubles.
 */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !written.test(value)) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
