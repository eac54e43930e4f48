const zero = 48;
const minus = 45;
const point = 46;
const million = 1_000_000;

/*
 * Numbers are kept as integers of hundredths or thousandths and their digits written straight into the bytes. Each function
 * writes at `at` and returns the offset behind what it wrote; the caller sees to the room.
 */

/** Writes ASCII text. */
export function putText(bytes: Uint8Array, at: number, text: string): number {
  for (let index = 0; index < text.length; index += 1) bytes[at + index] = text.charCodeAt(index);
  return at + text.length;
}

/** Writes bytes prepared before; for the few bytes of a fragment a loop beats `Uint8Array.set`. */
export function putBytes(bytes: Uint8Array, at: number, fragment: Uint8Array): number {
  const size = fragment.length;
  for (let index = 0; index < size; index += 1) bytes[at + index] = fragment[index] ?? 0;
  return at + size;
}

/** Writes an integer up to 2⁵³. */
export function putInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    bytes[at] = minus;
    return putNatural(bytes, at + 1, -value);
  }
  return putNatural(bytes, at, value);
}

/** Writes hundredths as the vendor does: 1234 is `12.34`, 1230 is `12.3`, 1200 is `12`. */
export function putHundredths(bytes: Uint8Array, at: number, value: number): number {
  let next = at;
  let size = value;
  if (value < 0) {
    bytes[next++] = minus;
    size = -value;
  }
  const whole = Math.floor(size / 100);
  const rest = size - whole * 100;
  next = putNatural(bytes, next, whole);
  if (rest === 0) return next;
  const tenths = (rest / 10) | 0;
  const hundredths = rest - tenths * 10;
  bytes[next++] = point;
  bytes[next++] = zero + tenths;
  if (hundredths !== 0) bytes[next++] = zero + hundredths;
  return next;
}

/** Writes thousandths: 1234 is `1.234`, 1230 is `1.23`, 1000 is `1`. */
export function putThousandths(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  const last = size % 10;
  const hundredths = (size - last) / 10;
  const next = putHundredths(bytes, at, value < 0 ? -hundredths : hundredths);
  if (last === 0) return next;
  return putThirdDecimal(
    bytes,
    value < 0 && hundredths === 0 ? putText(bytes, at, '-0') : next,
    hundredths % 100,
    last,
  );
}

/** Adds the third decimal to a number whose trailing zeros were left out. */
function putThirdDecimal(bytes: Uint8Array, at: number, hundredths: number, last: number): number {
  let next = at;
  if (hundredths === 0) bytes[next++] = point;
  if (hundredths === 0) bytes[next++] = zero;
  if (hundredths % 10 === 0) bytes[next++] = zero;
  bytes[next++] = zero + last;
  return next;
}

function putNatural(bytes: Uint8Array, at: number, value: number): number {
  if (value >= million) {
    const high = Math.floor(value / million);
    return putPadded(bytes, putNatural(bytes, at, high), value - high * million);
  }
  let size = 1;
  for (let limit = 10; value >= limit; limit *= 10) size += 1;
  return putLastDigits(bytes, at, value, size);
}

function putPadded(bytes: Uint8Array, at: number, value: number): number {
  return putLastDigits(bytes, at, value, 6);
}

function putLastDigits(bytes: Uint8Array, at: number, value: number, size: number): number {
  let rest = value | 0;
  for (let index = at + size - 1; index >= at; index -= 1) {
    const tens = (rest / 10) | 0;
    bytes[index] = zero + (rest - tens * 10);
    rest = tens;
  }
  return at + size;
}

/** Thousandths to the nearest hundredth, halves away from zero. */
export function roundToHundredths(thousandths: number): number {
  return thousandths < 0 ? -(((5 - thousandths) / 10) | 0) : ((thousandths + 5) / 10) | 0;
}
