import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import { carriedBy, carriedTwice, pathOf, type Carried, type CarriedList } from './carriers.ts';
import { readLenientJson } from './lenient-json.ts';
import { empty, notJson } from './shape-errors.ts';
import type { Window } from './window.ts';

/** How records lie in a file: in one array, in an array of an object, or one after the other (one a line). */
export type JsonForm = 'array' | 'wrapped' | 'lines';

const openBracket = 0x5b;
const openBrace = 0x7b;

/** A part of a file: its bytes and where in the file they lie. */
export type Part = { readonly bytes: Uint8Array; readonly byte: number };

/** The form and where in the window the first record can start; of a wrapped file what lies before the records, and their keys. */
export type Opening =
  | { readonly form: 'array' | 'lines'; readonly at: number }
  | { readonly form: 'wrapped'; readonly at: number; readonly wrapper: Wrapper };

/** What a wrapped file has before its records, and the keys of their array, each in the one before. */
export type Wrapper = { readonly keys: readonly string[]; readonly head: Part };

/** Finds out the form from the head of the file. Reads no further than it must. */
export async function detectForm(window: Window, file: string): Promise<Opening> {
  let at = await skipMark(window);
  for (;;) {
    at = skipSpace(window.bytes, at, window.end);
    if (at < window.end) break;
    at = await window.more(window.end);
    if (at === -1) throw empty(file, window.offset + window.end);
  }
  const byte = window.bytes[at];
  if (byte === openBracket) return { form: 'array', at: at + 1 };
  if (byte !== openBrace) throw notJson(file, { byte: byte ?? 0, at: window.offset + at });
  at = await readAtLeast(window, at, limits.wrapper_bytes);
  const { bytes } = window;
  const end = Math.min(window.end, at + limits.wrapper_bytes);
  const found = findList(bytes, { start: at, end, byte: window.offset + at }, file);
  if (found === null) return { form: 'lines', at };
  const head = { bytes: bytes.slice(at, found.valueAt), byte: window.offset + at };
  return { form: 'wrapped', at: found.valueAt + 1, wrapper: { keys: found.keys, head } };
}

type Head = { readonly start: number; readonly end: number; readonly byte: number };

/** The list of the records in the object at the head of a file; null where that is a record, or the envelope of one. */
function findList(bytes: Uint8Array, { start, end, byte }: Head, file: string): CarriedList | null {
  const { records, lists } = carriedBy(bytes, start, end);
  const filled = lists.filter(({ isFilled }) => isFilled);
  const [only, other] = filled;
  if (other !== undefined) throw objectTwice(filled, file, byte);
  if (records.length === 0) return only ?? lists[0] ?? null;
  if (only === undefined) return null;
  throw objectTwice([...records, only], file, byte);
}

function objectTwice(paths: readonly Carried[], file: string, byte: number): GexlakeError {
  return carriedTwice(paths, { what: `${file}, byte ${byte}: the object`, file, byte });
}

/** Where the file's content starts: behind a byte order mark, if there is one. */
async function skipMark(window: Window): Promise<number> {
  const start = await readAtLeast(window, 0, 3);
  const { bytes } = window;
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start;
}

/** Reads until `wanted_bytes` lie in the window from `at` on, or the file is over. Gives where `at` lies now. */
async function readAtLeast(window: Window, at: number, wanted_bytes: number): Promise<number> {
  let start = at;
  while (window.end - start < wanted_bytes) {
    const moved = await window.more(start);
    if (moved === -1) break;
    start = moved;
  }
  return start;
}

/** Stands in for the records when what surrounds them is checked. */
const placeholder = '"records"';

/** Checks what surrounds the records of a wrapped file: without them, head and tail must be a JSON object together. */
export function checkWrapper(surrounding: Wrapper, tail: Part, file: string): void {
  const { keys, head } = surrounding;
  const before = decode(head, file) + placeholder;
  const after = decode(tail, file);
  const wrapper = readLenientJson(before + after);
  if ('value' in wrapper) {
    if (valueAt(wrapper.value, keys) !== JSON.parse(placeholder))
      throw wrongWrapper(file, tail.byte, `has the key ${pathOf({ keys })} twice`);
    const other = otherList(surrounding, tail, file);
    if (other !== null) throw other;
    return;
  }
  const { wrongAt } = wrapper;
  if (wrongAt < before.length)
    throw wrongWrapper(file, head.byte + Buffer.byteLength(before.slice(0, wrongAt)), notValid);
  const byte = tail.byte + Buffer.byteLength(after.slice(0, wrongAt - before.length));
  if (byte === tail.byte + tail.bytes.length) throw cut(file, byte);
  throw wrongTail(surrounding, tail, file) ?? wrongWrapper(file, byte, notValid);
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce((at, key) => (at as Readonly<Record<string, unknown>> | null)?.[key], value);
}

/** What follows the list of the records and cannot be told from its syntax: another list, or another object; null where neither does. */
export function wrongTail(surrounding: Wrapper, tail: Part, file: string): GexlakeError | null {
  return otherList(surrounding, tail, file) ?? anotherObject(surrounding, tail, file);
}

function otherList({ keys, head }: Wrapper, tail: Part, file: string): GexlakeError | null {
  const bytes = around(head, tail);
  const other = carriedBy(bytes, 0, bytes.byteLength).lists.find(({ isFilled }) => isFilled);
  if (other === undefined) return null;
  const byte = other.valueAt < head.bytes.byteLength ? head.byte + other.valueAt : behind(head, tail, other.valueAt);
  return objectTwice([{ keys, valueAt: 0 }, other], file, byte);
}

function anotherObject({ keys, head }: Wrapper, tail: Part, file: string): GexlakeError | null {
  const bytes = around(head, tail);
  const end = endOfValue(bytes, 0, bytes.byteLength);
  const next = end === -1 ? bytes.byteLength : skipSpace(bytes, end, bytes.byteLength);
  if (bytes[next] !== openBrace && bytes[next] !== openBracket) return null;
  const byte = behind(head, tail, next);
  const path = pathOf({ keys });
  return new GexlakeError(
    'JSON_INVALID',
    `${file}, byte ${byte}: something follows the object with the ${path} array`,
    {
      details: { file, byte },
      hint: `A file has one list of records, or one record after the other. If each object has a list, make one of them: jq -c '.${path}[]' <file> > <new file>.`,
    },
  );
}

/** The object without the list of its records. */
function around(head: Part, tail: Part): Uint8Array {
  return Buffer.concat([head.bytes, Buffer.from(placeholder), tail.bytes]);
}

/** Where in the file a byte behind the placeholder lies. */
function behind(head: Part, tail: Part, at: number): number {
  return tail.byte + at - head.bytes.byteLength - placeholder.length;
}

const notValid = 'is not valid JSON';

function decode(part: Part, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(part.bytes);
  } catch {
    throw wrongWrapper(file, part.byte, 'is not valid UTF-8');
  }
}

function wrongWrapper(file: string, byte: number, problem: string): GexlakeError {
  return new GexlakeError('JSON_INVALID', `${file}, byte ${byte}: what surrounds the array of the records ${problem}`, {
    details: { file, byte },
    hint: 'Download the file again.',
  });
}

function cut(file: string, byte: number): GexlakeError {
  const problem = 'the file ends inside what surrounds the array of the records';
  return new GexlakeError('INPUT_TRUNCATED', `${file}, byte ${byte}: ${problem}`, {
    details: { file, byte },
    hint: 'The download was cut. Download the file again.',
  });
}
