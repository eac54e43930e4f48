import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { skipSpace } from './boundary.ts';
import { findField } from './fields.ts';
import { readLenientJson } from './lenient-json.ts';
import type { Window } from './window.ts';

/** How records lie in a file: in one array, in an array of an object, or one after the other (one a line). */
export type Layout = 'array' | 'wrapped' | 'lines';

/** Keys under which an object has the array of the records: the vendor's, and those of programs that save its answers. */
const wrapperKeys: ReadonlySet<string> = new Set(['data', 'records', 'snapshots', 'payloads']);

const openBracket = 0x5b;
const openBrace = 0x7b;

/** A part of a file: its bytes and where in the file they lie. */
export type Part = { readonly bytes: Uint8Array; readonly byte: number };

/** The layout and where in the window the first record can start; of a wrapped file what lies before the records, and their key. */
export type Opening =
  | { readonly layout: 'array' | 'lines'; readonly at: number }
  | { readonly layout: 'wrapped'; readonly at: number; readonly wrapper: Wrapper };

/** What a wrapped file has before its records, and the key of their array. */
export type Wrapper = { readonly key: string; readonly head: Part };

/** Finds out the layout from the head of the file. Reads no further than it must. */
export async function detectLayout(window: Window, file: string): Promise<Opening> {
  let at = await skipMark(window);
  for (;;) {
    at = skipSpace(window.bytes, at, window.end);
    if (at < window.end) break;
    at = await window.more(window.end);
    if (at === -1) throw empty(file);
  }
  const byte = window.bytes[at];
  if (byte === openBracket) return { layout: 'array', at: at + 1 };
  if (byte !== openBrace) throw notJson(file, window.offset + at, window.bytes.subarray(at, at + 20));
  at = await readAtLeast(window, at, limits.wrapper_bytes);
  const { bytes } = window;
  const end = Math.min(window.end, at + limits.wrapper_bytes);
  const found = findField(bytes, at, end, ({ key, valueAt }) => wrapperKeys.has(key) && bytes[valueAt] === openBracket);
  if (found === null) return { layout: 'lines', at };
  const head = { bytes: bytes.slice(at, found.valueAt), byte: window.offset + at };
  return { layout: 'wrapped', at: found.valueAt + 1, wrapper: { key: found.key, head } };
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
export function checkWrapper({ key, head }: Wrapper, tail: Part, file: string): void {
  const before = decode(head, file) + placeholder;
  const after = decode(tail, file);
  const wrapper = readLenientJson(before + after);
  if ('value' in wrapper) {
    const fields = wrapper.value as Readonly<Record<string, unknown>>;
    if (fields[key] !== JSON.parse(placeholder)) throw wrongWrapper(file, tail.byte, `has the key ${key} twice`);
    const other = Object.keys(fields).find((name) => name !== key && wrapperKeys.has(name) && isFilled(fields[name]));
    if (other !== undefined) throw wrongWrapper(file, tail.byte, `has records under ${other}, too`);
    return;
  }
  const { wrongAt } = wrapper;
  if (wrongAt < before.length)
    throw wrongWrapper(file, head.byte + Buffer.byteLength(before.slice(0, wrongAt)), notValid);
  const byte = tail.byte + Buffer.byteLength(after.slice(0, wrongAt - before.length));
  throw byte === tail.byte + tail.bytes.length ? cut(file, byte) : wrongWrapper(file, byte, notValid);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
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

function empty(file: string): GexlakeError {
  return new GexlakeError('INPUT_EMPTY', `${file} is empty`, { details: { file }, hint: 'Download the file again.' });
}

function notJson(file: string, byte: number, found: Uint8Array): GexlakeError {
  const text = JSON.stringify(Buffer.from(found).toString('latin1'));
  return new GexlakeError('INPUT_NOT_JSON', `${file}, byte ${byte}: expected [ or {, found ${text}`, {
    details: { file, byte },
    hint: 'The file is not a GEXBot history file. Download it again.',
  });
}
