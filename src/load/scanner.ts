import type { CurrentRecord } from './record.ts';
import type { LadderRows } from './ladder-rows.ts';

const comma = 0x2c;
const minus = 0x2d;
const dot = 0x2e;
const zero = 0x30;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const letterN = 0x6e;

/** Integers below this are exact in a double, and so is their quotient by a power of ten up to 10^22. */
const exactInteger = 2 ** 53;
const powersOfTen = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const slots = { timestamp: -1, ticker: -2, ladder: -3, maxPriors: -4 } as const;

type Field = { readonly key: Uint8Array; readonly slot: number };

/**
 * The fast path: reads one record of exactly the vendor's form (known fields, no white space, plain decimal numbers) from
 * bytes into typed columns, with no strings between. Everything else makes {@link scan} give up with -1, and the record is
 * then read by `JSON.parse`, so any JSON gives the same result either way.
 *
 * The bytes must be followed by a zero byte, which no step accepts: running out of bytes is giving up like any other.
 */
export class Scanner {
  readonly #record: CurrentRecord;
  readonly #ticker: Uint8Array;
  readonly #fields: readonly Field[];
  /** The order of the fields in the last record that was read: the next one very likely has the same. */
  #order: Field[];
  readonly #seen: Uint32Array;
  #serial = 0;
  #value = 0;

  constructor(record: CurrentRecord, ticker: string) {
    this.#record = record;
    this.#ticker = Buffer.from(`"${ticker}"`);
    this.#fields = knownFields(record);
    this.#order = [...this.#fields];
    this.#seen = new Uint32Array(this.#fields.length + 4);
  }

  /** Reads the record that starts at `start` into the current record. Gives the position behind it, or -1. */
  scan(bytes: Uint8Array, start: number): number {
    const record = this.#record;
    record.reset();
    this.#serial++;
    if (bytes[start] !== openBrace) return -1;
    let at = start + 1;
    for (let turn = 0; ; turn++) {
      const field = this.#fieldAt(bytes, at, turn);
      if (field === null || !this.#markSeen(field.slot)) return -1;
      at = this.#scanValue(bytes, at + field.key.length, field.slot);
      if (at === -1) return -1;
      const byte = bytes[at++];
      if (byte === comma) continue;
      if (byte !== closeBrace || !this.#hasRequired()) return -1;
      record.spot = record.scalars[record.spotAt] as number;
      return at;
    }
  }

  #fieldAt(bytes: Uint8Array, at: number, turn: number): Field | null {
    const expected = this.#order[turn];
    if (expected !== undefined && matches(bytes, at, expected.key)) return expected;
    const found = this.#fields.find((field) => matches(bytes, at, field.key));
    if (found === undefined) return null;
    this.#order[turn] = found;
    return found;
  }

  /** False where the record has the field already: then `JSON.parse` must say what that means. */
  #markSeen(slot: number): boolean {
    if (this.#seen[slot + 4] === this.#serial) return false;
    this.#seen[slot + 4] = this.#serial;
    return true;
  }

  #hasRequired(): boolean {
    const seen = this.#seen;
    return (
      seen[slots.timestamp + 4] === this.#serial &&
      seen[slots.ticker + 4] === this.#serial &&
      !(this.#record.needsSpot && Number.isNaN(this.#record.scalars[this.#record.spotAt]))
    );
  }

  #scanValue(bytes: Uint8Array, at: number, slot: number): number {
    const record = this.#record;
    if (slot >= 0) {
      const next = this.#scanNumber(bytes, at);
      if (next !== -1) {
        record.scalars[slot] = this.#value;
        return next;
      }
      return nullAt(bytes, at) ? at + 4 : -1;
    }
    if (slot === slots.timestamp) {
      const next = this.#scanNumber(bytes, at);
      record.timestamp_s = this.#value;
      return next !== -1 && Number.isInteger(this.#value) ? next : -1;
    }
    if (slot === slots.ticker) return matches(bytes, at, this.#ticker) ? at + this.#ticker.length : -1;
    if (slot === slots.maxPriors) return this.#scanPairs(bytes, at);
    return record.ladder === null ? -1 : this.#scanLadder(bytes, at, record.ladder);
  }

  /** `[[number,number],…]` or `[]`. */
  #scanPairs(bytes: Uint8Array, start: number): number {
    if (bytes[start] !== openBracket) return -1;
    const record = this.#record;
    record.pairCount = 0;
    let at = start + 1;
    if (bytes[at] === closeBracket) return at + 1;
    for (;;) {
      if (bytes[at] !== openBracket) return -1;
      at = this.#scanNumber(bytes, at + 1);
      if (at === -1 || bytes[at] !== comma) return -1;
      const strike = this.#value;
      at = this.#scanNumber(bytes, at + 1);
      if (at === -1 || bytes[at] !== closeBracket) return -1;
      record.setPair(record.pairCount++, strike, this.#value);
      const byte = bytes[at + 1];
      at += 2;
      if (byte === closeBracket) return at;
      if (byte !== comma) return -1;
    }
  }

  /** One plain decimal number below 2^53 in all its digits; its value goes to `#value`. What follows it, the caller checks. */
  #scanNumber(bytes: Uint8Array, start: number): number {
    let at = start;
    const negative = bytes[at] === minus;
    if (negative) at++;
    let digit = (bytes[at] as number) - zero;
    if (!(digit >>> 0 <= 9)) return -1;
    let mantissa = digit;
    let byte = bytes[++at] as number;
    if (digit !== 0) {
      for (digit = byte - zero; digit >>> 0 <= 9; digit = byte - zero) {
        mantissa = mantissa * 10 + digit;
        byte = bytes[++at] as number;
      }
    }
    let scale = 0;
    if (byte === dot) {
      const first = ++at;
      for (digit = (bytes[at] as number) - zero; digit >>> 0 <= 9; digit = (bytes[at] as number) - zero) {
        mantissa = mantissa * 10 + digit;
        at++;
      }
      scale = at - first;
      if (scale === 0 || scale > 22) return -1;
    }
    if (mantissa >= exactInteger) return -1;
    const value = scale === 0 ? mantissa : mantissa / (powersOfTen[scale] as number);
    this.#value = negative ? -value : value;
    return at;
  }

  /**
   * The whole ladder in one function with everything in locals: 94 of 100 bytes of a gex file pass through here. Measured on a
   * day of 2.3 M rows, a call for each number costs twice the time, and `digit >= 0 && digit <= 9` for `digit >>> 0 <= 9`
   * (a negative number is a huge one there) a tenth more.
   */
  #scanLadder(bytes: Uint8Array, start: number, ladder: LadderRows): number {
    const lead = ladder.form.lead.length;
    const priorsEnd = lead + ladder.form.priors;
    const width = priorsEnd + ladder.form.trailing.length;
    const priorsWidth = ladder.form.priors;
    let columns = ladder.columns;
    let priors = ladder.priors;
    let row = ladder.committed;
    let at = start;
    if (bytes[at++] !== openBracket) return -1;
    if (bytes[at] === closeBracket) return at + 1;
    for (;;) {
      if (row === ladder.capacity) {
        ladder.grow();
        columns = ladder.columns;
        priors = ladder.priors;
      }
      if (bytes[at++] !== openBracket) return -1;
      for (let column = 0; column < width; column++) {
        if (column === lead && bytes[at++] !== openBracket) return -1;
        let byte = bytes[at] as number;
        const negative = byte === minus;
        if (negative) byte = bytes[++at] as number;
        let mantissa = byte - zero;
        let value: number;
        if (mantissa >>> 0 <= 9) {
          byte = bytes[++at] as number;
          if (mantissa !== 0) {
            for (let digit = byte - zero; digit >>> 0 <= 9; digit = byte - zero) {
              mantissa = mantissa * 10 + digit;
              byte = bytes[++at] as number;
            }
          }
          value = mantissa;
          if (byte === dot) {
            const first = ++at;
            byte = bytes[at] as number;
            for (let digit = byte - zero; digit >>> 0 <= 9; digit = byte - zero) {
              mantissa = mantissa * 10 + digit;
              byte = bytes[++at] as number;
            }
            const scale = at - first;
            if (scale === 0 || scale > 22) return -1;
            value = mantissa / (powersOfTen[scale] as number);
          }
          if (mantissa >= exactInteger) return -1;
          if (negative) value = -value;
        } else {
          if (negative || column < priorsEnd || !nullAt(bytes, at)) return -1;
          value = Number.NaN;
          byte = bytes[(at += 4)] as number;
        }
        if (column < lead) (columns[column] as Float64Array)[row] = value;
        else if (column < priorsEnd) priors[row * priorsWidth + column - lead] = value;
        else (columns[column - priorsWidth] as Float64Array)[row] = value;
        if (column === priorsEnd - 1) {
          if (byte !== closeBracket) return -1;
          byte = bytes[++at] as number;
        }
        if (byte !== (column === width - 1 ? closeBracket : comma)) return -1;
        at++;
      }
      row++;
      const byte = bytes[at++];
      if (byte === comma) continue;
      if (byte !== closeBracket) return -1;
      this.#record.ladderRows = row - ladder.committed;
      return at;
    }
  }
}

function knownFields(record: CurrentRecord): Field[] {
  const field = (name: string, slot: number): Field => ({ key: Buffer.from(`"${name}":`), slot });
  const known = [
    field('timestamp', slots.timestamp),
    field('ticker', slots.ticker),
    field('max_priors', slots.maxPriors),
  ];
  if (record.ladder !== null) known.push(field(record.ladder.form.field, slots.ladder));
  return [...known, ...record.names.map(field)];
}

function matches(bytes: Uint8Array, at: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

function nullAt(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === letterN && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c;
}
