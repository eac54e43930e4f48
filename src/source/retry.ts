import type { Limits } from '../core/limits.ts';

type RetryLimits = Pick<Limits, 'retry_base_ms' | 'retry_cap_ms'>;

/**
 * Milliseconds to wait after failed attempt number `attempt` (from 1): exponential backoff with full jitter, so that many
 * jobs that failed together do not return together. `random` gives a number from 0 up to 1.
 */
export function backoff_ms(attempt: number, limits: RetryLimits, random: () => number): number {
  return Math.round(random() * Math.min(limits.retry_cap_ms, limits.retry_base_ms * 2 ** (attempt - 1)));
}

/** What a Retry-After header asks for, in seconds or as a date, at most the cap; null where it says nothing readable. */
export function retryAfter_ms(header: string | null, now_ms: number, limits: RetryLimits): number | null {
  if (header === null) return null;
  const wanted = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now_ms;
  return Number.isNaN(wanted) ? null : Math.min(Math.max(wanted, 0), limits.retry_cap_ms);
}
