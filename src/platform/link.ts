import type { Clock } from '../core/clock.ts';

/** What bytes go over one piece after another, at its pace. */
export type Link = {
  /** How large a piece is, so that its time is short. */
  readonly piece_bytes: number;
  /** Waits until so many bytes may go. */
  readonly carry: (size_bytes: number) => Promise<void>;
};

const piece_ms = 20;
const leastPiece_bytes = 256;
export const largestPiece_bytes = 64 * 1024;

/** How far a link may catch up on what a late timer has lost. */
const slack_ms = 250;

/** A link that carries so many bytes a second, of all that share it together. */
export function createLink(rate_bytes_s: number, { monotonic_ms, sleep }: Clock): Link {
  let free_ms = monotonic_ms();
  const piece_bytes = Math.ceil((rate_bytes_s * piece_ms) / 1_000);
  return {
    piece_bytes: Math.max(leastPiece_bytes, Math.min(largestPiece_bytes, piece_bytes)),
    carry: async (size_bytes) => {
      const now_ms = monotonic_ms();
      free_ms = Math.max(free_ms, now_ms - slack_ms) + (size_bytes / rate_bytes_s) * 1_000;
      if (free_ms > now_ms) await sleep(free_ms - now_ms);
    },
  };
}
