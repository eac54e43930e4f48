import { createHash } from 'node:crypto';
import type { NoticeTarget } from '../core/notices.ts';

/** What the log calls a target: its URL is a secret, and a hash of it tells two apart. */
export function targetId({ url }: NoticeTarget): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 12);
}

/** How a target is shown: who it is, without what lets one write there. */
export function describeTarget({ url, form }: NoticeTarget): string {
  return `${form} at ${URL.parse(url)?.host ?? '…'}`;
}
