import { GexlakeError, type ErrorCode } from '../core/errors.ts';
import { redactUrl } from '../core/redact.ts';

/** The error that an answer's status means; `encoding` is its Content-Encoding where the status itself is 200. */
export function statusError(url: URL, status: number, encoding: string): GexlakeError {
  const [code, hint] = meaning(status);
  const found =
    status === 200
      ? `with content encoding ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`
      : String(status);
  return new GexlakeError(code, `${redactUrl(url.href)} answered ${found}`, { hint });
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
