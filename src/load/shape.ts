import { findErrorText, isLinkAnswer } from '../core/error-text.ts';
import { openToRead, readInto, type FileHandle } from '../platform/files.ts';
import { cutOff, empty, errorBody, linkAnswer, noRecords, notJson, page, type Found } from './shape-errors.ts';

const window_bytes = 64 * 1024;
/** Bytes up to which an object is looked at as a possible error message of the vendor's. */
const errorBody_bytes = 64 * 1024;

const byteOrderMark = [0xef, 0xbb, 0xbf];
const [openArray, openObject, closeArray, closeObject, lessThan] = [0x5b, 0x7b, 0x5d, 0x7d, 0x3c];

export type DecodedFile = { readonly path: string; readonly name: string; readonly size_bytes: number };

/**
 * Looks at the head and the tail of a decoded file: could it be records at all? Throws INPUT_EMPTY, INPUT_HTML,
 * INPUT_NOT_JSON, INPUT_ERROR_BODY, INPUT_TRUNCATED or INPUT_NO_RECORDS. Whether it is sound JSON, the loading finds out.
 */
export async function checkShape({ path, name, size_bytes }: DecodedFile): Promise<void> {
  const file = await openToRead(path);
  try {
    const first = await firstByte(file, (await startsWithMark(file)) ? byteOrderMark.length : 0);
    if (first === null) throw empty(name, size_bytes);
    if (first.byte === lessThan) throw page(name, first.at);
    if (first.byte !== openArray && first.byte !== openObject) throw notJson(name, first);
    if (first.byte === openObject) await refuseErrorBody(file, name, { start: first.at, end: size_bytes });
    const last = await lastByte(file, size_bytes);
    const expected = first.byte === openArray ? closeArray : closeObject;
    if (last.byte !== expected) throw cutOff(name, { size_bytes, last, expected });
    const second = first.byte === openArray ? await firstByte(file, first.at + 1) : null;
    if (second?.byte === closeArray && second.at === last.at) throw noRecords(name, first.at);
  } finally {
    await file.close();
  }
}

async function startsWithMark(file: FileHandle): Promise<boolean> {
  const head = Buffer.alloc(byteOrderMark.length);
  await readInto(file, head, 0, head.byteLength, 0);
  return byteOrderMark.every((byte, index) => head[index] === byte);
}

function isWhite(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** The first byte from `from` on that is not white space. */
async function firstByte(file: FileHandle, from: number): Promise<Found | null> {
  const window = Buffer.alloc(window_bytes);
  for (let start = from; ; start += window_bytes) {
    const bytes = window.subarray(0, await readInto(file, window, 0, window_bytes, start));
    const index = bytes.findIndex((byte) => !isWhite(byte));
    if (index !== -1) return { byte: bytes[index] ?? 0, at: start + index };
    if (bytes.byteLength < window_bytes) return null;
  }
}

/** The last byte that is not white space, of a file that has one. */
async function lastByte(file: FileHandle, size_bytes: number): Promise<Found> {
  const window = Buffer.alloc(window_bytes);
  for (let end = size_bytes; end > 0; end -= window_bytes) {
    const start = Math.max(0, end - window_bytes);
    const bytes = window.subarray(0, await readInto(file, window, 0, end - start, start));
    const index = bytes.findLastIndex((byte) => !isWhite(byte));
    if (index !== -1) return { byte: bytes[index] ?? 0, at: start + index };
  }
  return { byte: 0, at: 0 };
}

/** From which byte of a file to which, this one excluded. */
type Extent = { readonly start: number; readonly end: number };

async function refuseErrorBody(file: FileHandle, name: string, { start, end }: Extent): Promise<void> {
  if (end - start > errorBody_bytes) return;
  const body = Buffer.alloc(end - start);
  await readInto(file, body, 0, body.byteLength, start);
  const json = body.toString('utf8');
  if (isLinkAnswer(json)) throw linkAnswer(name, start);
  const text = findErrorText(json);
  if (text !== null) throw errorBody(name, start, text);
}
