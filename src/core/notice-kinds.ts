/** What people are told of by themselves. */
export const noticeKinds = [
  'day_at_risk',
  'day_lost',
  'fetch_failing',
  'day_restated',
  'disk_low',
  'verify_failed',
] as const;
export type NoticeKind = (typeof noticeKinds)[number];
