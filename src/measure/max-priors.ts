import type { MeasuredLadder, MeasuredRecord } from './record.ts';

const priorCount = 5;
const within = 0.011;

/**
 * Whether each pair of `max_priors` but the first, which is not explained, names a strike whose change is the largest. `[0, 0]` says
 * nothing. Null where there is nothing to compare.
 */
export function namesLargestChanges(
  { pairs, pairCount, ladderRows }: MeasuredRecord,
  ladder: MeasuredLadder,
): boolean | null {
  if (pairCount !== priorCount + 1 || ladder.irregular.size > 0) return null;
  let isAny = false;
  for (let prior = 0; prior < priorCount; prior++) {
    const [strike, change] = [pairs[(prior + 1) * 2] as number, pairs[(prior + 1) * 2 + 1] as number];
    if (strike === 0 && change === 0) continue;
    isAny = true;
    if (!isLargest(ladder, { rows: ladderRows, prior }, { strike, change })) return false;
  }
  return isAny ? true : null;
}

function isLargest(
  { columns, priors, committed }: MeasuredLadder,
  { rows, prior }: { readonly rows: number; readonly prior: number },
  { strike, change }: { readonly strike: number; readonly change: number },
): boolean {
  const strikes = columns[0] as Float64Array;
  const values = columns[1] as Float64Array;
  let largest = 0;
  let named = Number.NaN;
  for (let at = committed; at < committed + rows; at++) {
    const moved = (values[at] as number) - (priors[at * priorCount + prior] as number);
    const distance = Math.abs(moved);
    if (distance > largest) largest = distance;
    if (strikes[at] === strike) named = moved;
  }
  return Math.abs(named - change) <= within && largest - Math.abs(named) <= within;
}
