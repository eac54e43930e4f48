/**
 * A JSON number in the one form that all of equal value have, of any size and length: its digits without zeros at either end, and
 * the power of ten of the last. `1`, `1.0` and `10e-1` are equal; `0` and `-0` are not.
 */
export function canonicalNumber(written: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = parts.exec(written) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutZerosAtEnd(digits);
  if (significant === '') return `${sign}0`;
  if (exponent.length > longestExponent) return `${sign}${digits}e${exponent}-${fraction.length}`;
  const power =
    BigInt(exponent.replace('+', '')) - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  return power === 0n ? `${sign}${significant}` : `${sign}${significant}e${power}`;
}

/** Characters of an exponent beyond which it is not reckoned with: such numbers count as equal where they are written alike. */
const longestExponent = 1000;

const parts = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Not by `/0+$/`, which tries again at every zero of a long number. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}
