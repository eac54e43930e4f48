import { findErrorText, isLinkAnswer } from '../core/error-text.ts';
import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { openToRead, readInto, type FileHandle } from '../platform/files.ts';

const window_bytes = 64 * 1024;
/** Bytes up to which an object is looked at as a possible error message of the vendor's. */
const errorBody_bytes = 64 * 1024;

const byteOrderMark = [0xef, 0xbb, 0xbf];
const [openArray, openObject, closeArray, closeObject, lessThan] = [0x5b, 0x7b, 0x5d, 0x7d, 0x3c];

/** A byte and where in the decoded file it is. */
type Found = { readonly byte: number; readonly at: number };

/**
 * Looks at the head and the tail of a decoded file: could it be records at all? Throws INPUT_EMPTY, INPUT_HTML,
 * INPUT_NOT_JSON, INPUT_ERROR_BODY, INPUT_TRUNCATED or INPUT_NO_RECORDS. Whether it is sound JSON, the loading finds out.
 */
export async function checkShape(path: string, name: string, size_bytes: number): Promise<void> {
  const file = await openToRead(path);
  try {
    const first = await firstByte(file, (await startsWithMark(file)) ? byteOrderMark.length : 0);
    if (first === null) throw empty(name, size_bytes);
    if (first.byte === lessThan) throw page(name, first.at);
    if (first.byte !== openArray && first.byte !== openObject) throw notJson(name, first);
    if (first.byte === openObject) await refuseErrorBody(file, name, size_bytes, first.at);
    const last = await lastByte(file, size_bytes);
    const expected = first.byte === openArray ? closeArray : closeObject;
    if (last.byte !== expected) throw truncated(name, size_bytes, last, expected);
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

async function refuseErrorBody(file: FileHandle, name: string, size_bytes: number, at: number): Promise<void> {
  if (size_bytes - at > errorBody_bytes) return;
  const body = Buffer.alloc(size_bytes - at);
  await readInto(file, body, 0, body.byteLength, at);
  const json = body.toString('utf8');
  if (isLinkAnswer(json)) throw link(name, at);
  const text = findErrorText(json);
  if (text === null) return;
  const message = `${name} holds an error of the vendor's where records should be, at byte ${at}: "${text}"`;
  throw problem('INPUT_ERROR_BODY', name, at, message, 'Ask the vendor for a new URL and import that.');
}

function link(name: string, at: number): GexlakeError {
  const message = `${name} is GEXBot's answer with the link to a history file, {"url":"…"}, and not the file`;
  const hint = "Import the URL that is in the answer while it is valid: gexlake import '<url>'. The link is a secret.";
  return problem('SOURCE_FORMAT', name, at, message, hint);
}

function problem(code: ErrorCode, file: string, byte: number, message: string, hint: string): GexlakeError {
  return new GexlakeError(code, message, { details: { file, byte }, hint });
}

function empty(name: string, size_bytes: number): GexlakeError {
  const what =
    size_bytes === 0
      ? 'is empty: it ends at byte 0'
      : `holds nothing but white space up to its end at byte ${size_bytes}`;
  return problem(
    'INPUT_EMPTY',
    name,
    0,
    `${name} ${what}`,
    'The session may not be published yet. Get the file again later.',
  );
}

function page(name: string, at: number): GexlakeError {
  const message = `${name} is a page (HTML or XML) and not JSON: "<" at byte ${at}`;
  return problem(
    'INPUT_HTML',
    name,
    at,
    message,
    'A link that has expired or wants a login answers with a page. Ask for a new URL.',
  );
}

function notJson(name: string, { byte, at }: Found): GexlakeError {
  const message = `${name} is not JSON: expected "[" or "{" at byte ${at}, found ${show(byte)}`;
  return problem('INPUT_NOT_JSON', name, at, message, 'Import a history file as GEXBot gives it.');
}

function truncated(name: string, size_bytes: number, last: Found, expected: number): GexlakeError {
  const message = `${name} is cut off: it ends at byte ${size_bytes} with ${show(last.byte)} where ${show(expected)} should be`;
  return problem(
    'INPUT_TRUNCATED',
    name,
    size_bytes,
    message,
    'The file was not transferred or written whole. Get it again.',
  );
}

function noRecords(name: string, at: number): GexlakeError {
  const message = `${name} holds an empty array, at byte ${at}: no records`;
  return problem(
    'INPUT_NO_RECORDS',
    name,
    at,
    message,
    'The session may not be published yet, or there was none that day.',
  );
}

function show(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
