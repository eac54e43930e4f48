import { vendorKeeps_days } from '../core/coverage.ts';
import { calendarDay } from '../core/calendar.ts';
import { GexlakeError } from '../core/errors.ts';
import { redactText } from '../core/redact.ts';
import { parseDay } from '../core/session.ts';
import { judge, type AskedDay, type Refusal, type VendorCode } from './judge.ts';

/** What an error says besides: what was asked for, in words, and when the API says that it may be asked again. */
export type Told = AskedDay & { readonly what: string; readonly askAgainAt: string | null };

/** The error that an answer of the API means. */
export function refused(refusal: Refusal, told: Told): GexlakeError {
  const code = judge(refusal, told);
  const { status } = refusal;
  const said = refusal.said === null ? '' : `: "${redactText(refusal.said)}"`;
  const again = told.askAgainAt === null ? {} : { askAgainAt: told.askAgainAt };
  return new GexlakeError(code, `${whatIs(code, told, status)} (GEXBot answered ${status}${said})`, {
    hint: hintOf(code, told, status),
    details: { httpStatus: status, ...again },
  });
}

function whatIs(code: VendorCode, { what, date }: Told, status: number): string {
  switch (code) {
    case 'VENDOR_KEY_REFUSED':
      return `GEXBot refused the key when it was asked for ${what}`;
    case 'VENDOR_NOT_IN_PLAN':
      return `the key may not have ${what}`;
    case 'VENDOR_THROTTLED':
      return `too much was asked for already, and ${what} has to wait`;
    case 'VENDOR_NOT_PUBLISHED':
      return `${what} is not published yet`;
    case 'VENDOR_NO_SESSION':
      return `there is no ${what}: ${date} was no trading day (${whyClosed(date)})`;
    case 'VENDOR_TOO_OLD':
      return `${what} is older than the ${vendorKeeps_days} days that GEXBot keeps`;
    case 'VENDOR_ABSENT':
      return `GEXBot does not have ${what}, although ${date} was a trading day`;
    case 'VENDOR_UNREACHABLE':
      return `GEXBot cannot give ${what} now`;
    default:
      return isUnknown(status) ? `GEXBot does not have ${what}` : `the answer about ${what} cannot be understood`;
  }
}

/** Something of no day is not there: a ticker that the vendor does not know. */
function isUnknown(status: number): boolean {
  return status === 404 || status === 410;
}

function whyClosed(date: string | null): string {
  const day = date === null ? null : calendarDay(parseDay(date));
  return day?.kind === 'closed' ? day.why : 'closed';
}

function hintOf(code: VendorCode, { askAgainAt }: Told, status: number): string {
  switch (code) {
    case 'VENDOR_KEY_REFUSED':
      return 'Check GEXLAKE_GEXBOT_KEY, or the file that GEXLAKE_GEXBOT_KEY_FILE names: `gexlake config show` says which of them counts.';
    case 'VENDOR_NOT_IN_PLAN':
      return '`gexlake vendor` shows what the key may have. The single days of /hist are in the quant plan only.';
    case 'VENDOR_THROTTLED':
      return askAgainAt === null
        ? 'The key has a pool of calls for a day and a month. Ask again later.'
        : `Ask again after ${askAgainAt}.`;
    case 'VENDOR_NOT_PUBLISHED':
      return 'Ask again later: bundles appear from 17:05 New York on, single days some hours after. `gexlake vendor` lists the tickers, if it may be misspelt.';
    case 'VENDOR_NO_SESSION':
      return 'docs/calendar.md has the trading days.';
    case 'VENDOR_TOO_OLD':
      return 'If somebody saved the file in time, import it from there.';
    case 'VENDOR_ABSENT':
      return 'Some tickers and categories have no file on some days; `gexlake vendor` lists the tickers. Ask the vendor if you need it.';
    case 'VENDOR_UNREACHABLE':
      return 'Ask again later.';
    default:
      if (isUnknown(status))
        return '`gexlake vendor` lists the tickers. If yours is among them, check GEXLAKE_GEXBOT_URL.';
      return 'Check GEXLAKE_GEXBOT_URL. If it is right, the API may have changed: please report the message.';
  }
}
