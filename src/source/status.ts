import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

/** The error that an answer's status means. */
export function statusError(url: URL, status: number): GexlakeError {
  const [code, hint] = meaning(status);
  return new GexlakeError(code, `${redactUrl(url.href)} answered ${status}`, { hint });
}

/** The error of an answer that is packed in a way that cannot be undone. */
export function unknownCoding(url: URL, coding: string): GexlakeError {
  const message = `${redactUrl(url.href)} is packed as ${coding} (Content-Encoding), which was not asked for and cannot be unpacked`;
  return new GexlakeError('DOWNLOAD_REFUSED', message, {
    hint: 'Download the file another way, unpack it and import that.',
  });
}

function meaning(status: number): readonly [ErrorCode, string] {
  switch (status) {
    case 401:
    case 403:
      return ['DOWNLOAD_DENIED', 'Signed URLs expire. Ask for a new one and import that.'];
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
      if (status >= 500) return ['DOWNLOAD_UNAVAILABLE', 'The server has a problem. Retry the job later.'];
      return ['DOWNLOAD_REFUSED', 'Check the URL, or ask for a new one.'];
  }
}
