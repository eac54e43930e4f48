const quote = 0x22;
const backslash = 0x5c;

/**
 * The position behind the JSON object or array that starts at `start`, found by its brackets and strings alone; -1 where it
 * does not end before `end`. Says nothing about whether it is valid: `JSON.parse` decides that.
 */
export function endOfValue(bytes: Uint8Array, start: number, end: number): number {
  let depth = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at + 1, end);
      if (at === -1) return -1;
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) {
      if (--depth === 0) return at + 1;
    }
  }
  return -1;
}

/** The position of the closing quote, or -1. */
function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at;
  }
  return -1;
}

/** The position of the first byte that is not JSON white space, or `end`. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  return at;
}

export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
