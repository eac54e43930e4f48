const zero = 48;
const minus = 45;
const point = 46;
const million = 1_000_000;

/** ASCII text in the making. What is written goes to `length`; whoever makes one sees to the room behind it. */
export type TextBytes = { readonly bytes: Uint8Array; length: number };

/*
 * Numbers are kept as integers of hundredths or thousandths and their digits written straight into the bytes.
 */

/** Writes ASCII text. */
export function putText(to: TextBytes, text: string): void {
  const { bytes, length } = to;
  for (let index = 0; index < text.length; index += 1) bytes[length + index] = text.charCodeAt(index);
  to.length = length + text.length;
}

/** Writes one character. */
export function putByte(to: TextBytes, byte: number): void {
  to.bytes[to.length++] = byte;
}

/** Writes bytes prepared before; for the few bytes of a fragment a loop beats `Uint8Array.set`. */
export function putBytes(to: TextBytes, fragment: Uint8Array): void {
  const { bytes, length } = to;
  const size = fragment.length;
  for (let index = 0; index < size; index += 1) bytes[length + index] = fragment[index] ?? 0;
  to.length = length + size;
}

/** Writes an integer up to 2⁵³. */
export function putInteger(to: TextBytes, value: number): void {
  if (value < 0) putByte(to, minus);
  putNatural(to, Math.abs(value));
}

/** Writes hundredths as the vendor does: 1234 is `12.34`, 1230 is `12.3`, 1200 is `12`. */
export function putHundredths(to: TextBytes, value: number): void {
  if (value < 0) putByte(to, minus);
  const size = Math.abs(value);
  const whole = Math.floor(size / 100);
  const rest = size - whole * 100;
  putNatural(to, whole);
  if (rest === 0) return;
  const tenths = (rest / 10) | 0;
  const hundredths = rest - tenths * 10;
  putByte(to, point);
  putByte(to, zero + tenths);
  if (hundredths !== 0) putByte(to, zero + hundredths);
}

/** Writes thousandths: 1234 is `1.234`, 1230 is `1.23`, 1000 is `1`. */
export function putThousandths(to: TextBytes, value: number): void {
  const size = Math.abs(value);
  const last = size % 10;
  const hundredths = (size - last) / 10;
  if (value < 0 && hundredths === 0) putText(to, '-0');
  else putHundredths(to, value < 0 ? -hundredths : hundredths);
  if (last !== 0) putThirdDecimal(to, hundredths % 100, last);
}

/** Adds the third decimal to a number whose trailing zeros were left out. */
function putThirdDecimal(to: TextBytes, hundredths: number, last: number): void {
  if (hundredths === 0) putText(to, '.0');
  if (hundredths % 10 === 0) putByte(to, zero);
  putByte(to, zero + last);
}

function putNatural(to: TextBytes, value: number): void {
  if (value >= million) {
    const high = Math.floor(value / million);
    putNatural(to, high);
    putLastDigits(to, value - high * million, 6);
    return;
  }
  let size = 1;
  for (let limit = 10; value >= limit; limit *= 10) size += 1;
  putLastDigits(to, value, size);
}

function putLastDigits(to: TextBytes, value: number, size: number): void {
  const { bytes, length } = to;
  let rest = value | 0;
  for (let index = length + size - 1; index >= length; index -= 1) {
    const tens = (rest / 10) | 0;
    bytes[index] = zero + (rest - tens * 10);
    rest = tens;
  }
  to.length = length + size;
}

/** Thousandths to the nearest hundredth, halves away from zero. */
export function roundToHundredths(thousandths: number): number {
  return thousandths < 0 ? -(((5 - thousandths) / 10) | 0) : ((thousandths + 5) / 10) | 0;
}
