import { GexlakeError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { endOfValue, skipSpace } from './boundary.ts';
import type { Window } from './window.ts';

/** How records lie in a file: in one array, in the `data` array of an object, or one after the other (one a line). */
export type Layout = 'array' | 'wrapped' | 'lines';

const openBracket = 0x5b;
const openBrace = 0x7b;

/** Finds out the layout from the head of the file, and where the first record can start. Reads no further than it must. */
export async function detectLayout(
  window: Window,
  file: string,
): Promise<{ layout: Layout; at: number; head: string }> {
  await window.more(0);
  const bom = window.bytes[0] === 0xef && window.bytes[1] === 0xbb && window.bytes[2] === 0xbf ? 3 : 0;
  let at = skipSpace(window.bytes, bom, window.end);
  while (at === window.end) {
    if (!(await window.more(window.end))) throw empty(file);
    at = skipSpace(window.bytes, 0, window.end);
  }
  const byte = window.bytes[at];
  if (byte === openBracket) return { layout: 'array', at: at + 1, head: '' };
  if (byte !== openBrace) throw notJson(file, window.offset + at, window.bytes.subarray(at, at + 20));
  const dataAt = findData(window.bytes, at, Math.min(window.end, at + limits.wrapper_bytes));
  if (dataAt === -1) return { layout: 'lines', at, head: '' };
  const head = Buffer.from(window.bytes.subarray(at, dataAt)).toString('utf8');
  return { layout: 'wrapped', at: dataAt + 1, head };
}

/** The position of the `[` of a top-level key `data` in the object at `start`, or -1. */
function findData(bytes: Uint8Array, start: number, end: number): number {
  let at = skipSpace(bytes, start + 1, end);
  while (at < end && bytes[at] === 0x22) {
    const keyEnd = bytes.indexOf(0x22, at + 1);
    if (keyEnd === -1) return -1;
    const key = Buffer.from(bytes.subarray(at + 1, keyEnd)).toString('utf8');
    at = skipSpace(bytes, keyEnd + 1, end);
    if (bytes[at] !== 0x3a) return -1;
    at = skipSpace(bytes, at + 1, end);
    if (key === 'data' && bytes[at] === openBracket) return at;
    at = skipMember(bytes, at, end);
    if (at === -1) return -1;
  }
  return -1;
}

/** The position of the next key after the value at `start`, or -1 where there is none. */
function skipMember(bytes: Uint8Array, start: number, end: number): number {
  const byte = bytes[start];
  let at = start;
  if (byte === openBrace || byte === openBracket) at = endOfValue(bytes, start, end);
  else if (byte === 0x22) {
    const close = endOfText(bytes, start, end);
    at = close === -1 ? -1 : close + 1;
  } else while (at < end && bytes[at] !== 0x2c && bytes[at] !== 0x7d) at++;
  if (at === -1) return -1;
  at = skipSpace(bytes, at, end);
  return bytes[at] === 0x2c ? skipSpace(bytes, at + 1, end) : -1;
}

function endOfText(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] === 0x5c) at++;
    else if (bytes[at] === 0x22) return at;
  }
  return -1;
}

/** Checks what surrounds the records of a wrapped file: head, an empty array and tail must be a JSON object together. */
export function checkWrapper(head: string, tail: string, file: string, byte: number): void {
  try {
    JSON.parse(`${head}[]${tail}`);
  } catch (cause) {
    throw new GexlakeError('JSON_INVALID', `${file}, byte ${byte}: what surrounds the data array is not valid JSON`, {
      details: { file, byte },
      hint: 'Download the file again.',
      cause,
    });
  }
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
