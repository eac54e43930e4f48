import { counted } from '../core/counted.ts';
import type { Matter } from '../core/notices.ts';

/** A session that is not here. `days_left`: until the vendor's copy is gone; 0 on the last day. */
export type MissingSession = {
  readonly session_date: string;
  readonly ticker: string;
  readonly endpoint: string;
  readonly days_left: number;
};

/** What may be worth telling. What nobody has looked at is null, and is then neither told nor taken back. */
export type Facts = {
  /** Sessions that are missing and will be gone within the days that one wants to be told before. */
  readonly atRisk: readonly MissingSession[] | null;
  /** Sessions that went in the last days without having been fetched. */
  readonly lost: readonly Omit<MissingSession, 'days_left'>[] | null;
  /** Since when nothing could be fetched, and why; `false` where fetching works. */
  readonly failing: { readonly since: string; readonly why: string } | false | null;
  /** What sources that were looked at again gave otherwise, in the last days. */
  readonly restated: readonly Restated[] | null;
  readonly disk: { readonly free_bytes: number; readonly least_bytes: number } | null;
  /** How many problems `verify` has found, and the first of them. */
  readonly verified: { readonly problems: number; readonly first: string | null } | null;
};

export type Restated = {
  readonly id: string;
  readonly session_date: string | null;
  readonly ticker: string;
  readonly endpoint: string;
};

/** What there is to tell: a day is one matter, however many of its files are missing. */
export function mattersOf({ atRisk, lost, failing, restated, disk, verified }: Facts): Matter[] {
  return [
    ...byDay(atRisk ?? []).map(([date, rows]) => dayAtRisk(date, rows)),
    ...byDay(lost ?? []).map(([date, rows]) => dayLost(date, rows)),
    ...(failing === null || failing === false ? [] : [fetchFailing(failing)]),
    ...(restated ?? []).map(dayRestated),
    ...(disk !== null && disk.free_bytes < disk.least_bytes ? [diskLow(disk)] : []),
    ...(verified !== null && verified.problems > 0 ? [verifyFailed(verified)] : []),
  ];
}

/** The kinds of matter that these facts can say are over. */
export function answeredKinds(facts: Facts): ReadonlySet<Matter['kind']> {
  const answered: [Matter['kind'], unknown][] = [
    ['day_at_risk', facts.atRisk],
    ['fetch_failing', facts.failing],
    ['disk_low', facts.disk],
    ['verify_failed', facts.verified],
  ];
  return new Set(answered.filter(([, fact]) => fact !== null).map(([kind]) => kind));
}

function byDay<T extends { readonly session_date: string }>(rows: readonly T[]): [string, T[]][] {
  const days = Map.groupBy(rows, ({ session_date }) => session_date);
  return [...days].sort(([left], [right]) => (left < right ? -1 : 1));
}

function dayAtRisk(date: string, rows: readonly MissingSession[]): Matter {
  const left = Math.min(...rows.map(({ days_left }) => days_left));
  const until = left === 0 ? 'today is the last day' : `${counted(left, 'day')} left`;
  return {
    matter: `day_at_risk:${date}`,
    kind: 'day_at_risk',
    title: `${date} is about to be lost: ${until}`,
    text: `${filesOf(rows)} of ${date} are not here, and the vendor will delete them. \`gexlake fetch --plan\` says what is in the way; \`gexlake coverage --urgent\` lists them.`,
    isFinal: false,
  };
}

function dayLost(date: string, rows: readonly Omit<MissingSession, 'days_left'>[]): Matter {
  return {
    matter: `day_lost:${date}`,
    kind: 'day_lost',
    title: `${date} is lost`,
    text: `The vendor no longer has ${filesOf(rows)} of ${date}, and they are not here. If somebody else has the files, import them.`,
    isFinal: true,
  };
}

function fetchFailing({ since, why }: { readonly since: string; readonly why: string }): Matter {
  return {
    matter: `fetch_failing:${since}`,
    kind: 'fetch_failing',
    title: 'Nothing can be fetched',
    text: `Nothing has been fetched since ${since.slice(0, 16)}Z: ${why}. \`gexlake vendor\` tries the key and the connection.`,
    isFinal: false,
  };
}

function dayRestated({ id, session_date, ticker, endpoint }: Restated): Matter {
  return {
    matter: `day_restated:${id}`,
    kind: 'day_restated',
    title: `${session_date ?? 'A session'} of ${ticker} ${endpoint} was restated`,
    text: `The vendor gives other records now than those that are published. \`gexlake recheck list\` shows what differs; \`gexlake correct --from-recheck ${id}\` publishes them instead.`,
    isFinal: true,
  };
}

function diskLow({ free_bytes, least_bytes }: { readonly free_bytes: number; readonly least_bytes: number }): Matter {
  return {
    matter: 'disk_low',
    kind: 'disk_low',
    title: `The disk has ${gigabytes(free_bytes)} left`,
    text: `The disk of the data folder has less than ${gigabytes(least_bytes)} free. Imports stop where it is full; nothing that is published is touched by that.`,
    isFinal: false,
  };
}

function verifyFailed({ problems, first }: { readonly problems: number; readonly first: string | null }): Matter {
  return {
    matter: 'verify_failed',
    kind: 'verify_failed',
    title: `Verifying found ${counted(problems, 'problem')}`,
    text: `${first ?? 'Something is not as the job log says.'} \`gexlake verify\` lists them all, with what to do.`,
    isFinal: false,
  };
}

/** `30 files (SPX, NDX)`: enough to know whether it matters. */
function filesOf(rows: readonly { readonly ticker: string }[]): string {
  const tickers = [...new Set(rows.map(({ ticker }) => ticker))];
  const shown = tickers.slice(0, 5).join(', ');
  return `${counted(rows.length, 'file')} (${shown}${tickers.length > 5 ? ', …' : ''})`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
