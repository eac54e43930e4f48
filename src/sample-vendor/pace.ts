import { newYorkDay } from '../core/session.ts';

/** How many calls a key may make; null is as many as it likes. */
export type PaceLimits = {
  /** The least time between two calls of one ticker and category. */
  readonly spacing_ms: number;
  readonly day: number | null;
  readonly month: number | null;
};

export type Pace = {
  /** Whether a call is within pace and pools; then it counts. */
  readonly take: (key: string, subject: string, now_ms: number) => boolean;
  /** Uses up the key's pool until the day's end in New York. */
  readonly drain: (key: string, now_ms: number) => void;
};

export function createPace({ spacing_ms, day, month }: PaceLimits): Pace {
  const latest = new Map<string, number>();
  const used = new Map<string, number>();
  const usedOf = (pool: string) => used.get(pool) ?? 0;
  return {
    take: (key, subject, now_ms) => {
      const before_ms = latest.get(`${key} ${subject}`);
      if (before_ms !== undefined && now_ms - before_ms < spacing_ms) return false;
      const pools = [dayPool(key, now_ms), monthPool(key, now_ms)] as const;
      if (usedOf(pools[0]) >= (day ?? Number.MAX_SAFE_INTEGER)) return false;
      if (usedOf(pools[1]) >= (month ?? Number.MAX_SAFE_INTEGER)) return false;
      for (const pool of pools) used.set(pool, usedOf(pool) + 1);
      latest.set(`${key} ${subject}`, now_ms);
      return true;
    },
    drain: (key, now_ms) => {
      used.set(dayPool(key, now_ms), Number.MAX_SAFE_INTEGER);
    },
  };
}

function dayPool(key: string, now_ms: number): string {
  return `${key} day ${newYorkDay(now_ms)}`;
}

function monthPool(key: string, now_ms: number): string {
  return `${key} month ${new Date(newYorkDay(now_ms) * 86_400_000).toISOString().slice(0, 7)}`;
}
