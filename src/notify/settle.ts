import type { NoticeKind } from '../core/notice-kinds.ts';
import type { Matter, Notice, NoticeTarget } from '../core/notices.ts';
import { targetId } from './targets.ts';

/** One message that somebody is still to get. */
export type Message = {
  readonly notice: Notice;
  readonly state: 'raised' | 'cleared';
  readonly target: NoticeTarget;
};

/** What changes in the log: matters that are new, and those that are over. */
export type Settlement = { readonly raised: readonly Matter[]; readonly cleared: readonly Notice[] };

/** Holds what is so now against what was noted: a matter that stays is the same one, however often it is found. */
export function settle(
  notices: readonly Notice[],
  matters: readonly Matter[],
  answered: ReadonlySet<NoticeKind>,
): Settlement {
  const open = new Map(notices.filter(({ cleared_at }) => cleared_at === null).map((one) => [one.matter, one]));
  const now = new Set(matters.map(({ matter }) => matter));
  return {
    raised: matters.filter(({ matter }) => !open.has(matter)),
    cleared: [...open.values()].filter(({ matter, kind, final }) => !final && answered.has(kind) && !now.has(matter)),
  };
}

/**
 * What is still to be told to whom: each target hears of a matter once, and of its end where it has heard of the matter. What is over
 * before it could be told is told no more, and a day that is lost is no all-clear.
 */
export function untold(notices: readonly Notice[], targets: readonly NoticeTarget[]): Message[] {
  const raised = new Set(notices.map(({ matter }) => matter));
  return notices.flatMap((notice) =>
    targets
      .filter(({ kinds }) => kinds === null || kinds.includes(notice.kind))
      .flatMap((target): Message[] => {
        const id = targetId(target);
        if (notice.cleared_at === null) return notice.told.includes(id) ? [] : [{ notice, state: 'raised', target }];
        if (raised.has(lostInstead(notice))) return [];
        const isOwed = notice.told.includes(id) && !notice.told_all_clear.includes(id);
        return isOwed ? [{ notice, state: 'cleared', target }] : [];
      }),
  );
}

/** The matter that has taken the place of a day that was at risk, if nobody has got the day. */
function lostInstead({ matter, kind }: Notice): string {
  return kind === 'day_at_risk' ? matter.replace('day_at_risk:', 'day_lost:') : '';
}
