import type { HttpAnswer } from '../platform/http.ts';

/** What tells one version of a remote file from another. */
export type FileVersion = {
  /** A strong ETag; a weak one does not promise equal bytes and counts as none. */
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Bytes of the whole file. */
  readonly total: number | null;
};

type Headers = Pick<HttpAnswer, 'header'>;

/** The version that a whole answer (200) is of. */
export function versionOf(answer: Headers): FileVersion {
  const length = answer.header('content-length');
  return version(answer, length !== null && /^\d+$/.test(length) ? Number(length) : null);
}

function version(answer: Headers, total: number | null): FileVersion {
  const etag = answer.header('etag');
  return { etag: etag?.startsWith('"') === true ? etag : null, lastModified: answer.header('last-modified'), total };
}

/** The headers that ask for the rest of a version, or null where nothing would tell whether the rest is of the same one. */
export function rangeHeaders(known: FileVersion, received: number): Record<string, string> | null {
  const validator = known.etag ?? (known.total === null ? null : known.lastModified);
  if (received === 0 || validator === null) return null;
  return { range: `bytes=${received}-`, 'if-range': validator };
}

/** Whether a partial answer (206) goes on exactly where the transfer stopped, to the end, in the same version. */
export function continues(answer: Headers, known: FileVersion, received: number): boolean {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.header('content-range')?.trim() ?? '');
  if (match === null) return false;
  const [first, last, total] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (first !== received || last !== total - 1 || (known.total ?? total) !== total) return false;
  const found = version(answer, total);
  return known.etag === null ? found.lastModified === known.lastModified : found.etag === known.etag;
}
