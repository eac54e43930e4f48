import { unlessDefect } from '../core/defects.ts';
import type { Notice } from '../core/notices.ts';
import { newYorkDay, parseDay } from '../core/session.ts';
import { vendorKeeps_days, type CoverageDay } from '../core/coverage.ts';
import { coverage } from '../coverage/coverage.ts';
import { fetchFailing } from '../core/fetch-failing.ts';
import { wantedPairs } from '../core/subscription.ts';
import { describeTarget, notify, notifyTest, type Facts, type NotifyContext, type Telling } from '../notify/notify.ts';
import { freeBytes } from '../platform/files.ts';
import { listRechecks } from '../recheck/recheck.ts';
import type { AppContext } from './context.ts';

/** For so many days something that is over for good is still told by itself. */
const toldFor_days = 7;
const day_ms = 86_400_000;
const rechecksLooked = 200;

/** What `verify` has found, for those who are to be told. */
export type Verified = { readonly problems: number; readonly first: string | null };

/** Telling people what they should know before it is too late. */
export type AppNotices = {
  /** Looks at what there is to tell, and tells whoever has not heard of it. */
  readonly notify: (verified: Verified | null) => Promise<Telling[]>;
  readonly notifyTest: () => Promise<Telling[]>;
  /** What was told, newest first. */
  readonly notices: (limit: number) => Promise<Notice[]>;
  /** Who is told, as it may be shown. */
  readonly noticeTargets: () => readonly string[];
  /** From how many days before it is lost a session is urgent. */
  readonly urgent_days: number;
};

export function notices(context: AppContext): AppNotices {
  const { log, ready, notifying } = context;
  return {
    notify: async (verified) => {
      await ready();
      return tellPeople(context, verified);
    },
    notifyTest: () => notifyTest(tellingOf(context)),
    notices: (limit) => log.notices.list(limit),
    noticeTargets: () => notifying.targets.map(describeTarget),
    urgent_days: notifying.urgent_days,
  };
}

/** Looks at what there is to tell, and tells whoever has not heard of it. */
export async function tellPeople(context: AppContext, verified: Verified | null): Promise<Telling[]> {
  return notify(tellingOf(context), await gatherFacts(context, verified));
}

function tellingOf({ log, policy, clock, notifying }: AppContext): NotifyContext {
  return { log: log.notices, policy, clock, targets: notifying.targets };
}

async function gatherFacts(context: AppContext, verified: Verified | null): Promise<Facts> {
  const { quietly, clock, folder, log, notifying, subscriptions } = context;
  const { rows } = await coverage(quietly, {}, wantedPairs(subscriptions));
  const today = newYorkDay(clock.now_ms());
  const since = new Date(clock.now_ms() - toldFor_days * day_ms).toISOString();
  const rechecks = await listRechecks(quietly, rechecksLooked);
  const free_bytes = await freeBytes(folder.root).catch(unlessDefect(null));
  return {
    atRisk: rows.flatMap((row) => (isUrgent(row, notifying.urgent_days) ? [{ ...row, days_left: row.days_left }] : [])),
    lost: rows.filter(
      ({ state, session_date }) =>
        state === 'lost' && today - parseDay(session_date) <= vendorKeeps_days + toldFor_days,
    ),
    failing: subscriptions.length === 0 ? null : fetchFailing(await log.vendor.calls(), clock.now_ms()),
    restated: rechecks.filter(({ result, checked_at }) => result === 'restated' && checked_at >= since),
    disk: free_bytes === null ? null : { free_bytes, least_bytes: notifying.disk_low_gb * 1e9 },
    verified,
  };
}

/** Whether a session is not here and will be gone in so many days. */
export function isUrgent(row: CoverageDay, days: number): row is CoverageDay & { readonly days_left: number } {
  return row.state === 'missing' && row.days_left !== null && row.days_left <= days;
}
