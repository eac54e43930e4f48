import type { HttpAnswer } from '../platform/http.ts';

/** What tells one version of a remote file from another. */
export type FileVersion = {
  /** Where the answer came from in the end, without what only signs the address. */
  readonly address: string;
  /** What If-Range may name, and what a partial answer must name again; null where nothing promises equal bytes. */
  readonly validator: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** The MD5 that the server gives the whole file, as it gives it. */
  readonly contentMd5: string | null;
  /** How the bytes are encoded: a range is one of encoded bytes. */
  readonly encoding: string;
  /** Bytes of the whole file. */
  readonly total: number | null;
};

/** An answer's head, and the address that gave it. */
export type Head = Pick<HttpAnswer, 'fields'> & { readonly url: URL };

/** How much older than the answer a modification date must be to be strong (RFC 9110, 8.8.2.2): a file may change twice in a second. */
const strongAge_ms = 60_000;

/** The version that a whole answer (200) is of. */
export function versionOf(head: Head): FileVersion {
  const length = only(head, 'content-length');
  const etag = only(head, 'etag');
  const lastModified = only(head, 'last-modified');
  const total = length !== null && /^\d+$/.test(length) ? Number(length) : null;
  const datedBy = total === null ? null : strongDate(lastModified, only(head, 'date'));
  return {
    address: unsigned(head.url),
    validator: isStrong(etag) ? etag : datedBy,
    etag,
    lastModified,
    contentMd5: only(head, 'content-md5'),
    encoding: head.fields('content-encoding').join(',').toLowerCase(),
    total,
  };
}

/** Whether an ETag promises equal bytes: not a weak one (`W/`), nor one that says nothing. */
function isStrong(etag: string | null): etag is string {
  return etag !== null && /^"[^"]+"$/.test(etag);
}

function strongDate(lastModified: string | null, date: string | null): string | null {
  const isDate = (text: string | null): text is string => text !== null && text.endsWith(' GMT');
  if (!isDate(lastModified) || !isDate(date)) return null;
  // Not a number where one of them is no date all the same; then this does not hold.
  return Date.parse(date) - Date.parse(lastModified) >= strongAge_ms ? lastModified : null;
}

/** The value of a field that an answer has once; null where it has none or several, which nobody can rely on. */
function only({ fields }: Pick<HttpAnswer, 'fields'>, name: string): string | null {
  const values = fields(name);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** Parameters that sign an address and say until when; two addresses that differ in them alone lead to the same file. */
const signing =
  /^(?:sig|s[tevrp]|spr|sip|sk(?:oid|tid|t|e|s|v)|x-(?:amz|goog)-(?:algorithm|credential|date|expires|security-token|signature|signedheaders))$/i;

function unsigned(url: URL): string {
  const bare = new URL(url);
  for (const name of new Set(bare.searchParams.keys())) if (signing.test(name)) bare.searchParams.delete(name);
  return bare.href;
}

/** The headers that ask for the rest of a version, or null where nothing would tell whether the rest is of the same one. */
export function rangeHeaders(known: FileVersion, received: number): Record<string, string> | null {
  if (received === 0 || known.validator === null) return null;
  return { range: `bytes=${received}-`, 'if-range': known.validator };
}

/**
 * Whether a partial answer (206) goes on exactly where the transfer stopped, to the end, in the same version, and then the bytes
 * of the whole file; else null.
 */
export function continuedTotal(head: Head, known: FileVersion, received: number): number | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(only(head, 'content-range')?.trim() ?? '');
  if (match === null) return null;
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (first !== received || last !== total - 1 || (known.total ?? total) !== total) return null;
  const found = versionOf(head);
  if (found.total !== null && found.total !== total - first) return null;
  // The validator must be named again; the other of the two may be left out, but not differ.
  const isByEtag = isStrong(known.etag);
  const isSame =
    found.address === known.address &&
    found.encoding === known.encoding &&
    (found.etag === known.etag || (found.etag === null && !isByEtag)) &&
    (found.lastModified === known.lastModified || (found.lastModified === null && isByEtag));
  return isSame ? total : null;
}

/** Whether a partial answer that nobody asked for is all of the file: some servers answer so to every request. */
export function isWhole(head: Head): boolean {
  const match = /^bytes 0-(\d+)\/(\d+)$/.exec(only(head, 'content-range')?.trim() ?? '');
  if (match === null) return false;
  const total = Number(match[2]);
  return Number(match[1]) === total - 1 && versionOf(head).total === total;
}
