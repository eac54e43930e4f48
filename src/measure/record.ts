/** The record that is looked at: numbers where the loader has them. It is written over in place, so nothing of it may be kept. */
export type MeasuredRecord = {
  readonly timestamp_s: number;
  readonly spot: number;
  /** The scalars by the names of the contract's version; NaN is null. */
  readonly names: readonly string[];
  readonly scalars: Float64Array;
  /** The rows of its ladder, which lie behind the committed ones. */
  readonly ladderRows: number;
  readonly ladder: MeasuredLadder | null;
  /** `max_priors` as pairs, flattened; fewer than none where there are none. */
  readonly pairs: Float64Array;
  readonly pairCount: number;
};

/** Ladder rows as columns. An array that is there once is not written over before the ladder has turned twice. */
export type MeasuredLadder = {
  readonly columns: readonly Float64Array[];
  readonly priors: Float64Array;
  readonly committed: number;
  /** Rows whose priors are not as many as they should be, or hold a null. */
  readonly irregular: { readonly size: number };
};
