import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import { readLenientJson } from './lenient-json.ts';
import type { Window } from './window.ts';

/** How records lie in a file: in one array, in the `data` array of an object, or one after the other (one a line). */
export type Layout = 'array' | 'wrapped' | 'lines';

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openBracket = 0x5b;
const openBrace = 0x7b;

/** A part of a file: its bytes and where in the file they lie. */
export type Part = { readonly bytes: Uint8Array; readonly byte: number };

/** The layout, where in the window the first record can start, and what lies before the records of a wrapped file. */
export type Opening = { readonly layout: Layout; readonly at: number; readonly head: Part };

const nothing: Part = { bytes: new Uint8Array(0), byte: 0 };

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
  if (byte === openBracket) return { layout: 'array', at: at + 1, head: nothing };
  if (byte !== openBrace) throw notJson(file, window.offset + at, window.bytes.subarray(at, at + 20));
  at = await readAtLeast(window, at, limits.wrapper_bytes);
  const dataAt = findData(window.bytes, at, Math.min(window.end, at + limits.wrapper_bytes));
  if (dataAt === -1) return { layout: 'lines', at, head: nothing };
  const head = { bytes: window.bytes.slice(at, dataAt), byte: window.offset + at };
  return { layout: 'wrapped', at: dataAt + 1, head };
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

/** The position of the `[` of a top-level key `data` in the object at `start`, or -1. */
function findData(bytes: Uint8Array, start: number, end: number): number {
  let at = skipSpace(bytes, start + 1, end);
  while (at < end && bytes[at] === quote) {
    const keyEnd = endOfValue(bytes, at, end);
    if (keyEnd === -1) return -1;
    const isData = isText(bytes.subarray(at, keyEnd), 'data');
    at = skipSpace(bytes, keyEnd, end);
    if (bytes[at] !== colon) return -1;
    at = skipSpace(bytes, at + 1, end);
    if (isData && bytes[at] === openBracket) return at;
    at = endOfValue(bytes, at, end);
    if (at === -1) return -1;
    at = skipSpace(bytes, at, end);
    if (bytes[at] !== comma) return -1;
    at = skipSpace(bytes, at + 1, end);
  }
  return -1;
}

/** Whether a JSON text, however its characters are spelled, is `wanted`. */
function isText(json: Uint8Array, wanted: string): boolean {
  try {
    return JSON.parse(Buffer.from(json).toString('utf8')) === wanted;
  } catch {
    return false;
  }
}

/** Stands in for the records when what surrounds them is checked. */
const placeholder = '"records"';

/** Checks what surrounds the records of a wrapped file: without them, head and tail must be a JSON object together. */
export function checkWrapper(head: Part, tail: Part, file: string): void {
  const before = decode(head, file) + placeholder;
  const after = decode(tail, file);
  const wrapper = readLenientJson(before + after);
  if ('value' in wrapper) {
    const { data } = wrapper.value as { readonly data: unknown };
    if (data !== JSON.parse(placeholder)) throw wrongWrapper(file, tail.byte, 'has the key data twice');
    return;
  }
  const { wrongAt } = wrapper;
  if (wrongAt < before.length)
    throw wrongWrapper(file, head.byte + Buffer.byteLength(before.slice(0, wrongAt)), notValid);
  const byte = tail.byte + Buffer.byteLength(after.slice(0, wrongAt - before.length));
  throw byte === tail.byte + tail.bytes.length ? cut(file, byte) : wrongWrapper(file, byte, notValid);
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
  return new GexlakeError('JSON_INVALID', `${file}, byte ${byte}: what surrounds the data array ${problem}`, {
    details: { file, byte },
    hint: 'Download the file again.',
  });
}

function cut(file: string, byte: number): GexlakeError {
  const problem = 'the file ends inside what surrounds the data array';
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
