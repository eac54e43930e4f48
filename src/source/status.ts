import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

/** The error that an answer's status means; `said` is what the server says about it, fit to be shown, or null. */
export function statusError(url: URL, status: number, said: string | null): GexlakeError {
  const [code, hint] = meaning(status, said);
  const quoted = said === null ? '' : `: "${said}"`;
  const unasked = unaskedFor[status] ?? '';
  return new GexlakeError(code, `${redactUrl(url.href)} answered ${status}${unasked}${quoted}`, { hint });
}

/** Whether a 403 may be throttling in disguise, which passes: in the vendor's words, not in those of the store of its files. */
export function isThrottling(said: string): boolean {
  return /^forbidden\.?$|rate limit|too many requests|throttl/i.test(said);
}

/** Answers that are no error and no file either. */
const unaskedFor: Readonly<Record<number, string>> = {
  204: ', which has no file in it',
  205: ', which has no file in it',
  206: ', a part of the file, although all of it was asked for',
  304: ', as if the file were known already',
};

/** The error of an answer that is packed in a way that cannot be undone. */
export function unknownCoding(url: URL, coding: string): GexlakeError {
  const message = `${redactUrl(url.href)} is packed as ${coding} (Content-Encoding), which was not asked for and cannot be unpacked`;
  return new GexlakeError('DOWNLOAD_REFUSED', message, {
    hint: 'Download the file another way, unpack it and import that.',
  });
}

function meaning(status: number, said: string | null): readonly [ErrorCode, string] {
  switch (status) {
    case 401:
    case 403:
      return ['DOWNLOAD_DENIED', deniedHint(said ?? '')];
    case 404:
    case 410:
      return [
        'DOWNLOAD_NOT_FOUND',
        'No session that day, not published yet, or older than the 90 days the vendor keeps.',
      ];
    case 408:
    case 429:
      return ['DOWNLOAD_UNAVAILABLE', 'The server asks for patience. Retry the job later.'];
    default:
      if (status >= 500 && status <= 599)
        return ['DOWNLOAD_UNAVAILABLE', 'The server has a problem. Retry the job later.'];
      return ['DOWNLOAD_REFUSED', 'Check the URL, or ask for a new one.'];
  }
}

function deniedHint(said: string): string {
  if (said.includes('AuthenticationFailed') && !/expir/i.test(said))
    return 'The signature does not hold, most often because the URL was not copied whole or has expired. Ask for a new one and import that.';
  return 'Signed URLs expire. Ask for a new one and import that.';
}
