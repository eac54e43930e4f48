const quote = 0x22;
const backslash = 0x5c;

/**
 * The position behind the JSON value that starts at `start`, found by its brackets and strings alone; -1 where it does not
 * end before `end`. Says nothing about whether it is valid: `JSON.parse` decides that.
 */
export function endOfValue(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start];
  if (first === quote) return behind(endOfString(bytes, start + 1, end));
  return first === 0x7b || first === 0x5b ? endOfBrackets(bytes, start, end) : endOfWord(bytes, start, end);
}

function endOfBrackets(bytes: Uint8Array, start: number, end: number): number {
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

/** A number or a bare word ends at the next separator. */
function endOfWord(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) if (separates(bytes[at] as number)) return at;
  return -1;
}

function separates(byte: number): boolean {
  return byte === 0x2c || byte === 0x5d || byte === 0x7d || isSpace(byte);
}

/** The position of the closing quote, or -1. */
function endOfString(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] === backslash) at++;
    else if (bytes[at] === quote) return at;
  }
  return -1;
}

function behind(position: number): number {
  return position === -1 ? -1 : position + 1;
}

/** The position of the first byte that is not JSON white space, or `end`. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
