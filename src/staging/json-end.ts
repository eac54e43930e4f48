import { fileBlocks } from '../platform/files.ts';

const [quote, backslash] = [0x22, 0x5c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Whether a file that starts like JSON ends inside an array, an object or a text: brackets are counted, nothing else is looked at. For
 * downloads whose end nothing proves: the last byte alone is a closing bracket in many a cut file.
 */
export async function endsInsideJson(path: string): Promise<boolean> {
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  for await (const block of fileBlocks(path)) {
    for (const byte of block) {
      if (isEscaped) isEscaped = false;
      else if (isText) {
        if (byte === backslash) isEscaped = true;
        else if (byte === quote) isText = false;
      } else if (byte === quote) isText = depth > 0;
      else if (byte === openArray || byte === openObject) depth += 1;
      else if (byte === closeArray || byte === closeObject) depth -= 1;
      else if (depth === 0 && byte > 0x20 && byte < 0x80) return false;
    }
  }
  return isText || depth > 0;
}
