import { GexlakeError, type ErrorCode } from '../core/errors.ts';

/** A byte and where in the decoded file it is. */
export type Found = { readonly byte: number; readonly at: number };

export function linkAnswer(name: string, at: number): GexlakeError {
  const message = `${name} is GEXBot's answer with the link to a history file, {"url":"…"}, and not the file`;
  const hint = "Import the URL that is in the answer while it is valid: gexlake import '<url>'. The link is a secret.";
  return problem('SOURCE_FORMAT', message, { file: name, byte: at, hint });
}

export function errorBody(name: string, at: number, text: string): GexlakeError {
  const message = `${name} holds an error of the vendor's where records should be, at byte ${at}: "${text}"`;
  return problem('INPUT_ERROR_BODY', message, {
    file: name,
    byte: at,
    hint: 'Ask the vendor for a new URL and import that.',
  });
}

type Place = { readonly file: string; readonly byte: number | null };

function problem(
  code: ErrorCode,
  message: string,
  { file, byte, hint }: Place & { readonly hint: string },
): GexlakeError {
  return new GexlakeError(code, message, {
    details: byte === null ? { file } : { file, byte },
    hint,
  });
}

export function empty(name: string, size_bytes: number): GexlakeError {
  const what =
    size_bytes === 0
      ? 'is empty: it ends at byte 0'
      : `holds nothing but white space up to its end at byte ${size_bytes}`;
  return problem('INPUT_EMPTY', `${name} ${what}`, {
    file: name,
    byte: 0,
    hint: 'The session may not be published yet. Get the file again later.',
  });
}

export function page(name: string, at: number): GexlakeError {
  const message = `${name} is a page (HTML or XML) and not JSON: "<" at byte ${at}`;
  return problem('INPUT_HTML', message, {
    file: name,
    byte: at,
    hint: 'A link that has expired or wants a login answers with a page. Ask for a new URL.',
  });
}

export function notJson(name: string, { byte, at }: Found): GexlakeError {
  const message = `${name} is not JSON: expected "[" or "{" at byte ${at}, found ${show(byte)}`;
  return problem('INPUT_NOT_JSON', message, {
    file: name,
    byte: at,
    hint: 'Import a history file as GEXBot gives it.',
  });
}

type End = { readonly size_bytes: number; readonly last: Found; readonly expected: number };

export function cutOff(name: string, { size_bytes, last, expected }: End): GexlakeError {
  const message = `${name} is cut off, or something was added behind its end: it ends at byte ${size_bytes} with ${show(last.byte)} where ${show(expected)} should be`;
  return problem('INPUT_TRUNCATED', message, {
    file: name,
    byte: size_bytes,
    hint: 'Get the file again, whole and unchanged.',
  });
}

export function noRecords(name: string, at: number | null): GexlakeError {
  const message = at === null ? `${name} holds no records` : `${name} holds an empty array, at byte ${at}: no records`;
  return problem('INPUT_NO_RECORDS', message, {
    file: name,
    byte: at,
    hint: 'The session may not be published yet, or there was none that day.',
  });
}

function show(byte: number): string {
  return byte > 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
}
