import { limits } from '../core/limits.ts';

/** The value of a JSON text, or the position of its first character that cannot be there (its length where it ends too early). */
export type LenientJson = { readonly value: unknown } | { readonly wrongAt: number };

/** Levels of nesting beyond which a text is refused, so that reading it cannot exhaust the stack: those of a field, in a record. */
const deepest = limits.nesting_levels + 1;

/**
 * Reads JSON in which the bare words NaN, Infinity and -Infinity, which are seen in real files, stand for these numbers. Far
 * slower than `JSON.parse`; only for texts that it refuses, to read them after all or to say exactly where they are wrong.
 */
export function readLenientJson(text: string): LenientJson {
  const reader = new LenientReader(text);
  try {
    return { value: reader.read() };
  } catch (thrown) {
    if (thrown instanceof WrongCharacter) return { wrongAt: reader.at };
    throw thrown;
  }
}

class WrongCharacter extends Error {}

class LenientReader {
  readonly #text: string;
  #depth = 0;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    const value = this.#value();
    if (this.at < this.#text.length) throw new WrongCharacter();
    return value;
  }

  /** A value and the white space around it. */
  #value(): unknown {
    this.#space();
    const value = this.#bareValue();
    this.#space();
    return value;
  }

  #bareValue(): unknown {
    switch (this.#text[this.at]) {
      case '{':
        return this.#nested(() => this.#object());
      case '[':
        return this.#nested(() => this.#array());
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case 'N':
        return this.#word('NaN', Number.NaN);
      case 'I':
        return this.#word('Infinity', Infinity);
      default:
        return this.#number();
    }
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > deepest) throw new WrongCharacter();
    this.at++;
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): unknown {
    const entries = new Map<string, unknown>();
    this.#space();
    if (this.#skip('}')) return {};
    do {
      this.#space();
      const key = this.#string();
      this.#space();
      this.#expect(':');
      entries.set(key, this.#value());
    } while (this.#skip(','));
    this.#expect('}');
    return Object.fromEntries(entries);
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#space();
    if (this.#skip(']')) return items;
    do items.push(this.#value());
    while (this.#skip(','));
    this.#expect(']');
    return items;
  }

  #string(): string {
    const start = this.at;
    this.#expect('"');
    while (!this.#skip('"')) {
      if (this.#skip('\\')) this.#escape();
      else if ((this.#text[this.at] ?? '') < ' ') throw new WrongCharacter();
      else this.at++;
    }
    return JSON.parse(this.#text.slice(start, this.at)) as string;
  }

  #escape(): void {
    if (!this.#skip('u')) return this.#expectOneOf(/["\\/bfnrt]/);
    for (let digit = 0; digit < 4; digit++) this.#expectOneOf(/[0-9a-f]/i);
  }

  #number(): number {
    const start = this.at;
    if (this.#skip('-') && this.#text[this.at] === 'I') return this.#word('Infinity', -Infinity);
    if (!this.#skip('0')) this.#digits();
    if (this.#skip('.')) this.#digits();
    if (this.#skip('e') || this.#skip('E')) {
      if (!this.#skip('+')) this.#skip('-');
      this.#digits();
    }
    return Number(this.#text.slice(start, this.at));
  }

  #digits(): void {
    this.#expectOneOf(/\d/);
    while (/\d/.test(this.#text[this.at] ?? '')) this.at++;
  }

  #word<T>(word: string, value: T): T {
    for (const letter of word) this.#expect(letter);
    return value;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.at] ?? '')) this.at++;
  }

  #skip(character: string): boolean {
    if (this.#text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) throw new WrongCharacter();
  }

  #expectOneOf(pattern: RegExp): void {
    if (!pattern.test(this.#text[this.at] ?? '')) throw new WrongCharacter();
    this.at++;
  }
}
