/** What is wanted of the vendor, as it stands in `gexlake.toml`. `from`: the first session; null: as far back as the vendor has any. */
export type Subscription = {
  readonly tickers: readonly string[];
  /** Governed names. */
  readonly endpoints: readonly string[];
  readonly from: string | null;
};

/** A ticker and endpoint that is wanted, from a session on. */
export type WantedPair = { readonly ticker: string; readonly endpoint: string; readonly from: string | null };

/** Each ticker and endpoint that subscriptions name, once, from the earliest session that any of them names. */
export function wantedPairs(subscriptions: readonly Subscription[]): WantedPair[] {
  const pairs = new Map<string, WantedPair>();
  for (const { tickers, endpoints, from } of subscriptions)
    for (const ticker of tickers)
      for (const endpoint of endpoints) {
        const key = `${ticker} ${endpoint}`;
        const known = pairs.get(key);
        pairs.set(key, { ticker, endpoint, from: known === undefined ? from : earlier(known.from, from) });
      }
  return [...pairs.values()];
}

/** Null is the earliest: as far back as there is anything. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return one < other ? one : other;
}
