import { errorRules, type GexlakeError } from '../core/errors.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import type { VendorSource } from '../core/vendor-source.ts';
import { formatVendorSource } from '../core/vendor-source.ts';
import type { CallMade } from '../joblog/joblog.ts';
import { askAgain_ms } from './schedule.ts';

/** What an error says of the vendor; null for one that is this machine's own. */
export function answerOf({ code }: GexlakeError): VendorAnswer | null {
  switch (code) {
    case 'VENDOR_KEY_MISSING':
    case 'VENDOR_KEY_REFUSED':
      return 'key_refused';
    case 'VENDOR_NOT_IN_PLAN':
      return 'not_in_plan';
    case 'VENDOR_THROTTLED':
      return 'throttled';
    case 'VENDOR_NOT_PUBLISHED':
    case 'DOWNLOAD_NOT_FOUND':
      return 'not_published';
    case 'VENDOR_NO_SESSION':
      return 'no_session';
    case 'VENDOR_TOO_OLD':
      return 'too_old';
    case 'VENDOR_ABSENT':
      return 'absent';
    case 'VENDOR_UNREACHABLE':
      return 'unreachable';
    // A link to where nothing is fetched from, or a body without end, is of that file alone.
    case 'VENDOR_ANSWER':
    case 'SOURCE_NOT_ALLOWED':
    case 'SOURCE_TOO_LARGE':
      return 'odd';
    case 'SOURCE_CHANGED':
      return 'unreachable';
    case 'ZIP_UNREADABLE':
    case 'INPUT_EMPTY':
      return 'incomplete';
    default:
      return code.startsWith('DOWNLOAD_') || errorRules[code].blame === 'upstream' ? 'unreachable' : null;
  }
}

/** Whether an answer is about all that this key asks, so that asking for anything else is of no use. */
export function isOfKey(answer: VendorAnswer): boolean {
  return answer === 'throttled' || answer === 'key_refused';
}

/** What came of a call, as it is known to whoever has made it. */
export type Outcome = {
  readonly answer: VendorAnswer;
  readonly now_ms: number;
  /** How often it was asked for before. */
  readonly calls: number;
  readonly error?: GexlakeError | null;
  readonly detail?: string | null;
  readonly wire_bytes?: number | null;
  readonly took_ms?: number | null;
};

/** The row of a call. */
export function callOf(source: VendorSource, outcome: Outcome): CallMade {
  const { answer, now_ms, calls, error = null, detail = null, wire_bytes = null, took_ms = null } = outcome;
  const said = error?.details.askAgainAt;
  const again_ms = askAgain_ms({
    answer,
    date: source.date,
    calls,
    now_ms,
    said_ms: said === undefined ? null : Date.parse(said),
  });
  return {
    source: formatVendorSource(source),
    ticker: source.ticker,
    endpoint: source.kind === 'bundle' ? null : source.endpoint.name,
    session_date: source.date,
    answer,
    http_status: error?.details.httpStatus ?? (error === null ? 200 : null),
    detail: detail ?? (error === null ? null : inWords(error)),
    ask_again_at: again_ms === null ? null : new Date(again_ms).toISOString(),
    wire_bytes,
    took_ms: took_ms === null ? null : Math.round(took_ms),
  };
}

/** Where a link leads that nothing is fetched from, its hint says the setting that lets it. */
function inWords({ code, message, hint }: GexlakeError): string {
  return code === 'SOURCE_NOT_ALLOWED' && hint !== null ? `${message}. ${hint}` : message;
}
