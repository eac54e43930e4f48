import { limits } from './limits.ts';
import { canonicalNumber } from './canonical-number.ts';

/** Where a value lies in a text. */
export type Span = { readonly start: number; readonly end: number };

/** The fields of a JSON object in the order of their first coming, each with the place of the value that counts, the last one. */
export type ObjectFields = { readonly spans: Map<string, Span>; readonly repeated: ReadonlySet<string> };

/** What cannot be written as it came, found while a value was written anew. */
export type Oddities = { repeatedField: boolean; loneSurrogate: boolean };

/** A value is nested more deeply than {@link limits.nesting_levels}. */
export class TooDeep extends Error {}

/*
 * Works on texts that `JSON.parse` or the lenient reader has accepted, for what is lost once a text has become values: the digits of
 * numbers, fields that come twice, half characters. Bare NaN and Infinity may be in them.
 */

/** The fields of the object that `text` is. Nothing inside the values is looked at. */
export function fieldsOf(text: string): ObjectFields {
  const spans = new Map<string, Span>();
  const repeated = new Set<string>();
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const name = textOf(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (spans.has(name)) repeated.add(name);
    spans.set(name, { start, end });
    at = skipSpace(text, skipSpace(text, end) + 1);
  }
  return { spans, repeated };
}

/**
 * A value as JSON without white space: every number in its own digits, of fields that come twice in an object the last, texts as
 * `JSON.stringify` writes them. NaN and Infinity, which JSON cannot hold, become texts, and half a character, which DuckDB refuses, its
 * six-character escape as a text.
 */
function rewriteJson(text: string, oddities: Oddities): string {
  return new Rewriter(text, keptForm(oddities)).value(0);
}

/** A field's name and value as a part of an object. */
export function rewriteField(name: string, value: string, oddities: Oddities): string {
  return `${writeText(name, oddities)}:${rewriteJson(value, oddities)}`;
}

/** A text that is equal for equal values: whatever white space, order of fields, spelling of texts, and of numbers that are equal. */
export function canonicalJson(text: string): string {
  // A record is one level above the values of its fields.
  return new Rewriter(text, canonicalForm).value(-1);
}

/** A field's key and value, as they are written; a key may come again. */
type Field = readonly [key: string, value: string];

type Form = {
  readonly number: (digits: string) => string;
  readonly word: (word: string) => string;
  readonly text: (lexeme: string) => string;
  readonly fields: (fields: readonly Field[]) => Iterable<Field>;
  readonly onRepeated: () => void;
};

function keptForm(oddities: Oddities): Form {
  return {
    number: (digits) => digits,
    word: (word) => `"${word}"`,
    text: (lexeme) => (lexeme.includes('\\') ? writeText(textOf(lexeme), oddities) : lexeme),
    fields: (fields) => new Map(fields),
    onRepeated: () => (oddities.repeatedField = true),
  };
}

const canonicalForm: Form = {
  number: canonicalNumber,
  word: (word) => word,
  text: (lexeme) => (lexeme.includes('\\') ? JSON.stringify(textOf(lexeme)) : lexeme),
  // Of a repeated key every other value counts, too: objects are equal only where nothing in them differs.
  fields: (fields) => {
    const once = new Map(fields.map((field) => [JSON.stringify(field), field]));
    return [...once.values()].sort(([left], [right]) => (left === right ? 0 : left < right ? -1 : 1));
  },
  onRepeated: () => undefined,
};

class Rewriter {
  readonly #text: string;
  readonly #form: Form;
  #at = 0;

  constructor(text: string, form: Form) {
    this.#text = text;
    this.#form = form;
  }

  value(depth: number): string {
    if (depth > limits.nesting_levels) throw new TooDeep();
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"') return this.#form.text(this.#slice(endOfString(this.#text, this.#at)));
    const word = this.#slice(endOfWord(this.#text, this.#at));
    if (/^-?[IN]/.test(word)) return this.#form.word(word);
    return /^[-\d]/.test(word) ? this.#form.number(word) : word;
  }

  #object(depth: number): string {
    const fields: Field[] = [];
    const keys = new Set<string>();
    this.#at++;
    for (this.#space(); this.#text[this.#at] !== '}'; this.#space()) {
      const key = this.#form.text(this.#slice(endOfString(this.#text, this.#at)));
      this.#space();
      this.#at++;
      if (keys.has(key)) this.#form.onRepeated();
      keys.add(key);
      fields.push([key, this.value(depth + 1)]);
      this.#skipComma();
    }
    this.#at++;
    const parts = Array.from(this.#form.fields(fields), ([key, value]) => `${key}:${value}`);
    return `{${parts.join(',')}}`;
  }

  #array(depth: number): string {
    const items: string[] = [];
    this.#at++;
    for (this.#space(); this.#text[this.#at] !== ']'; this.#space()) {
      items.push(this.value(depth + 1));
      this.#skipComma();
    }
    this.#at++;
    return `[${items.join(',')}]`;
  }

  #slice(end: number): string {
    const start = this.#at;
    this.#at = end;
    return this.#text.slice(start, end);
  }

  #space(): void {
    this.#at = skipSpace(this.#text, this.#at);
  }

  #skipComma(): void {
    this.#space();
    if (this.#text[this.#at] === ',') this.#at++;
  }
}

/** The text that a JSON text stands for. */
function textOf(lexeme: string): string {
  return lexeme.includes('\\') ? (JSON.parse(lexeme) as string) : lexeme.slice(1, -1);
}

function writeText(text: string, oddities: Oddities): string {
  if (text.isWellFormed()) return JSON.stringify(text);
  oddities.loneSurrogate = true;
  const whole = text.replaceAll(/\p{Cs}/gu, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
  return JSON.stringify(whole);
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];

/** The position behind the value that starts at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return endOfString(text, start);
  if (first !== '{' && first !== '[') return endOfWord(text, start);
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at) - 1;
    else if (code === 0x7b || code === 0x5b) depth++;
    else if ((code === 0x7d || code === 0x5d) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** The position behind the closing quote of the text that starts at `start`. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at + 1;
  }
  return text.length;
}

function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && !endsWord(text.charCodeAt(at))) at++;
  return at;
}

function endsWord(code: number): boolean {
  return code === comma || code === 0x5d || code === 0x7d || code <= 0x20;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}
