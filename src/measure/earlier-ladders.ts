import type { MeasuredLadder, MeasuredRecord } from './record.ts';
import type { Tallies } from './tallies.ts';

/** The priors that are looked at: which of the five, and how many seconds earlier it was. The first was not measured. */
const lags = [
  { prior: 1, lag_s: 300 },
  { prior: 2, lag_s: 600 },
  { prior: 3, lag_s: 900 },
  { prior: 4, lag_s: 1_800 },
] as const;
const priorCount = 5;
const longest_s = 1_800;

/** How far a record's own earlier one may lie from where it should. */
const reach_s = 20;
/** Records are looked at once in so many seconds; the ladders kept for it are those around that. */
const cadence_s = 300;
const within = 0.010_000_1;

/** A ladder that is kept: `count` rows. Used again when nobody needs it any more, because making arrays was what cost most here. */
type Kept = { timestamp_s: number; count: number; strikes: Float64Array; values: Float64Array };

/**
 * Compares priors with what the session's own earlier records had. One record in five minutes is looked at, the first within 20 s
 * behind the full one, so that only the ladders around these must be kept, for half an hour.
 */
export class EarlierLadders {
  readonly #tallies: Tallies;
  #kept: Kept[] = [];
  readonly #free: Kept[] = [];
  #round_s = Number.NaN;

  constructor(tallies: Tallies) {
    this.#tallies = tallies;
  }

  add({ timestamp_s, ladderRows }: MeasuredRecord, ladder: MeasuredLadder): void {
    const behind_s = timestamp_s % cadence_s;
    if (behind_s > reach_s && behind_s < cadence_s - reach_s) return;
    const own = this.#keep(ladder, ladderRows, timestamp_s);
    const round_s = timestamp_s - behind_s;
    if (behind_s > reach_s || round_s === this.#round_s) return;
    this.#round_s = round_s;
    this.#forget(timestamp_s - longest_s - reach_s);
    if (ladder.irregular.size > 0) return;
    for (const { prior, lag_s } of lags) {
      const candidates = this.#around(timestamp_s - lag_s);
      if (candidates.length > 0) this.#compare(own, { ladder, prior }, candidates);
    }
  }

  #keep({ columns, committed }: MeasuredLadder, rows: number, timestamp_s: number): Kept {
    const kept = this.#free.pop() ?? newKept(rows);
    const room = kept.strikes.length < rows ? newKept(rows) : kept;
    room.strikes.set((columns[0] as Float64Array).subarray(committed, committed + rows));
    room.values.set((columns[1] as Float64Array).subarray(committed, committed + rows));
    room.timestamp_s = timestamp_s;
    room.count = rows;
    this.#kept.push(room);
    return room;
  }

  #forget(before_s: number): void {
    const old = this.#kept.findIndex((kept) => kept.timestamp_s >= before_s);
    this.#free.push(...this.#kept.splice(0, Math.max(0, old)));
  }

  /** The ladders of about that second, the nearest first. */
  #around(then_s: number): Kept[] {
    const distance = (kept: Kept) => Math.abs(kept.timestamp_s - then_s);
    const near = this.#kept.filter((kept) => distance(kept) <= reach_s);
    return near.sort((left, right) => distance(left) - distance(right));
  }

  /** Counts the values whose strike the nearest ladder has, and of them those that any of the ladders has. */
  #compare(own: Kept, { ladder, prior }: { ladder: MeasuredLadder; prior: number }, candidates: readonly Kept[]): void {
    let looked_at = 0;
    let missing: { readonly strike: number; readonly value: number }[] = [];
    const [nearest, ...others] = candidates as [Kept, ...Kept[]];
    for (let row = 0, at = 0; row < own.count; row++) {
      const strike = own.strikes[row] as number;
      while (at < nearest.count && (nearest.strikes[at] as number) < strike) at++;
      if (at === nearest.count || nearest.strikes[at] !== strike) continue;
      looked_at++;
      const value = ladder.priors[(ladder.committed + row) * priorCount + prior] as number;
      if (!isEqual(nearest.values[at] as number, value)) missing.push({ strike, value });
    }
    for (const other of others) {
      if (missing.length === 0) break;
      missing = missing.filter(({ strike, value }) => !isEqual(valueAt(other, strike), value));
    }
    if (looked_at > 0) this.#tallies.noteMany('priors', looked_at, looked_at - missing.length);
  }
}

function newKept(rows: number): Kept {
  return { timestamp_s: 0, count: 0, strikes: new Float64Array(rows), values: new Float64Array(rows) };
}

function isEqual(left: number, right: number): boolean {
  return Math.abs(left - right) <= within;
}

/** The value at a strike; NaN where there is none. */
function valueAt({ count, strikes, values }: Kept, strike: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((strikes[middle] as number) < strike) low = middle + 1;
    else high = middle;
  }
  return strikes[low] === strike ? (values[low] as number) : Number.NaN;
}
