import { calendarDay } from '../core/calendar.ts';
import { vendorKeeps_days } from '../core/coverage.ts';
import type { ErrorCode } from '../core/errors.ts';
import { newYorkDay, parseDay } from '../core/session.ts';

/** An answer of the API that is not what was asked for. `said`: its words, fit to be shown; null where it has none. */
export type Refusal = { readonly status: number; readonly said: string | null };

/** Which day was asked for (null: none), and when. */
export type AskedDay = { readonly date: string | null; readonly now_ms: number };

/** For so long after a session's end its file may still come: what is missing then is not published yet. */
const patience_days = 7;

const day_s = 86_400;

export type VendorCode = Extract<ErrorCode, `VENDOR_${string}`>;

/** What an answer means. Everything that is missing is missing for a reason that the calendar knows, as far as anybody does. */
export function judge({ status, said }: Refusal, asked: AskedDay): VendorCode {
  const words = said ?? '';
  if (status === 401) return 'VENDOR_KEY_REFUSED';
  if (status === 429 || /rate limit|too many requests/i.test(words)) return 'VENDOR_THROTTLED';
  if (status === 403) return 'VENDOR_NOT_IN_PLAN';
  if (status === 404 || status === 410 || /\bnot found\b/i.test(words)) return whyMissing(asked);
  if (status === 408 || (status >= 500 && status <= 599)) return 'VENDOR_UNREACHABLE';
  return 'VENDOR_ANSWER';
}

function whyMissing({ date, now_ms }: AskedDay): VendorCode {
  if (date === null) return 'VENDOR_ANSWER';
  const now_s = Math.floor(now_ms / 1000);
  const day = parseDay(date);
  const found = calendarDay(day);
  if (found.kind === 'closed') return 'VENDOR_NO_SESSION';
  if (newYorkDay(now_ms) - day > vendorKeeps_days) return 'VENDOR_TOO_OLD';
  return now_s < found.close_s + patience_days * day_s ? 'VENDOR_NOT_PUBLISHED' : 'VENDOR_ABSENT';
}
