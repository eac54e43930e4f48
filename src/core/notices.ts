import type { RowOf } from './columns.ts';
import type { notices } from './log-tables.ts';
import type { NoticeKind } from './notice-kinds.ts';

/** Something that somebody should know, as long as it is so. It is told once for each `matter`. */
export type Matter = {
  /** What it is about, the same as long as it is about that: `day_at_risk:2026-08-31`. */
  readonly matter: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly text: string;
  /** Whether it will never be over, so that no all-clear follows. */
  readonly isFinal: boolean;
};

/** One row of `notices`. */
export type Notice = RowOf<typeof notices>;

/** The forms that a message can have: our own JSON, and what ntfy and Slack take. */
export const noticeForms = ['json', 'ntfy', 'slack'] as const;
export type NoticeForm = (typeof noticeForms)[number];

/** Somebody who is told. The URL is a secret: who has it can write there. */
export type NoticeTarget = {
  readonly url: string;
  readonly form: NoticeForm;
  /** What is told; null for everything. */
  readonly kinds: readonly NoticeKind[] | null;
};
