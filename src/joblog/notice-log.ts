import type { Matter, Notice } from '../core/notices.ts';

/** What people are told of, and who has heard it. */
export type NoticeLog = {
  /** What is so, as far as is known. */
  readonly open: () => Promise<Notice[]>;
  /** What has been raised, or has ended, since a time; the oldest first. */
  readonly since: (time: string) => Promise<Notice[]>;
  /** The newest, newest first. */
  readonly list: (limit: number) => Promise<Notice[]>;
  /** Notes what is so since now, unless somebody has just noted it, and what is over since now. */
  readonly settle: (raised: readonly Matter[], cleared: readonly Notice[]) => Promise<void>;
  /** Notes that somebody has been told. */
  readonly told: (
    notice: Notice,
    heard: { readonly state: 'raised' | 'cleared'; readonly target: string },
  ) => Promise<void>;
};
