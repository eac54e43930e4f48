import { isLinkAnswer } from '../core/error-text.ts';
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { GexlakeError } from '../core/errors.ts';

/** Bytes from the head of a file that tell what it is. */
export const head_bytes = 64 * 1024;

const longestLink_bytes = 16 * 1024;

const gzipMagic = '\x1f\x8b';
const zstdMagic = '\x28\xb5\x2f\xfd';

type Foreign = { readonly is: string; readonly hint: string };

const unpackFirst = 'Unpack it, then import the folder that it makes: every history file in it becomes a job.';
const notHistory = 'Give a history file: JSON, plain or packed with gzip or zstd, or a zip archive of such files.';

/** Formats by their first bytes, and what to do with each. */
const formats: readonly (Foreign & { readonly at?: number; readonly magic: string })[] = [
  { magic: 'PAR1', is: 'a Parquet file', hint: 'Bring Parquet of older layouts in with: gexlake migrate <folder>.' },
  { magic: 'ustar', at: 257, is: 'a tar archive', hint: unpackFirst },
  { magic: '7z\xbc\xaf\x27\x1c', is: 'a 7-Zip archive', hint: unpackFirst },
  { magic: 'Rar!\x1a\x07', is: 'a RAR archive', hint: unpackFirst },
  { magic: 'BZh', is: 'packed with bzip2', hint: 'Unpack it with bunzip2 first.' },
  { magic: '\xfd7zXZ\x00', is: 'packed with xz', hint: 'Unpack it with unxz first.' },
  { magic: '\x04\x22\x4d\x18', is: 'packed with lz4', hint: 'Unpack it with unlz4 first.' },
  { magic: '%PDF-', is: 'a PDF document', hint: notHistory },
  { magic: 'SQLite format 3\0', is: 'an SQLite database', hint: notHistory },
  { magic: 'DUCK', at: 8, is: 'a DuckDB database', hint: notHistory },
  { magic: 'ARROW1', is: 'an Arrow file', hint: notHistory },
];

/** What packs the rest: looked through for what is inside. */
type Peeled = { readonly bytes: Uint8Array; readonly packed: string };

export function isZip(head: Uint8Array): boolean {
  return startsWith(head, 'PK\x03\x04') || startsWith(head, 'PK\x05\x06') || startsWith(head, 'PK\x07\x08');
}

/** Whether a file begins like JSON or is packed: it is for staging to say what is wrong with it. */
export function mayBeHistory(head: Uint8Array): boolean {
  return startsWith(head, gzipMagic) || startsWith(head, zstdMagic) || isOpening(firstByte(head));
}

export function isPage(head: Uint8Array): boolean {
  return firstByte(head) === 0x3c;
}

/** The first byte that is no white space and no byte order mark. */
function firstByte(bytes: Uint8Array): number | undefined {
  return bytes.find((byte, at) => byte > 0x20 && !(at < 3 && byte === byteOrderMark[at]));
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * What the head of a file says it is, where that is surely no history: another format, another encoding, or the vendor's answer with
 * the link. Null for everything that staging shall look at.
 */
export function foreignHead(head: Uint8Array, path: string): GexlakeError | null {
  const { bytes, packed } = peel(head);
  const foreign = findFormat(bytes) ?? findEncoding(bytes) ?? findLink(bytes);
  if (foreign === null) return null;
  return new GexlakeError('SOURCE_FORMAT', `${path} is ${foreign.is}${packed}, not GEXBot history`, {
    details: { path },
    hint: foreign.hint,
  });
}

function findFormat(bytes: Uint8Array): Foreign | null {
  return formats.find(({ magic, at = 0 }) => startsWith(bytes.subarray(at), magic)) ?? null;
}

/** JSON in UTF-16 starts with its mark, or has a zero byte beside its bracket. */
function findEncoding(bytes: Uint8Array): Foreign | null {
  const [first, second] = [bytes[0], bytes[1]];
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  const isBare = (isOpening(first) && second === 0) || (first === 0 && isOpening(second));
  if (!isMarked && !isBare) return null;
  return {
    is: 'text in UTF-16',
    hint: 'Write it as UTF-8: iconv -f UTF-16 -t UTF-8 <file> > <new file>. PowerShell writes UTF-16 with > and Out-File.',
  };
}

function isOpening(byte: number | undefined): boolean {
  return byte === 0x5b || byte === 0x7b;
}

/** The vendor's API answers `{"url":"https://…"}` where it does not redirect: the link to the history, not the history. */
function findLink(bytes: Uint8Array): Foreign | null {
  if (bytes.byteLength === 0 || bytes.byteLength > longestLink_bytes) return null;
  if (!isLinkAnswer(Buffer.from(bytes).toString('utf8'))) return null;
  return {
    is: "the API's answer with the link",
    hint: "Import the URL that is in it while it is valid: gexlake import '<url>'. Then delete this file: the link is a secret.",
  };
}

/** The bytes inside one layer of gzip or zstd, as far as the head reaches. */
function peel(head: Uint8Array): Peeled {
  try {
    if (startsWith(head, gzipMagic))
      return {
        bytes: gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, ...bounded }),
        packed: ' packed with gzip',
      };
    if (startsWith(head, zstdMagic))
      return {
        bytes: zstdDecompressSync(head, { finishFlush: constants.ZSTD_e_flush, ...bounded }),
        packed: ' packed with zstd',
      };
  } catch {
    // Whether packed bytes are sound is for staging to say; here they only tell nothing.
  }
  return { bytes: head, packed: '' };
}

const bounded = { maxOutputLength: 64 * 1024 ** 2 };

function startsWith(bytes: Uint8Array, magic: string): boolean {
  if (bytes.byteLength < magic.length) return false;
  for (let at = 0; at < magic.length; at++) if (bytes[at] !== magic.charCodeAt(at)) return false;
  return true;
}
