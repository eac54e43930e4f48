/** Where a ticker trades, roughly, and how it moves. Prices are in hundredths. */
export type TickerTraits = {
  /** A plausible price at the open. */
  readonly level: number;
  /** Distance between two strikes of the nearest expiry. */
  readonly spacing: number;
  /** Standard deviation of a day's move, as a part of the price. */
  readonly dailyMove: number;
  /** Gamma near spot at midday, in millions of dollars per 1 % move. */
  readonly gamma: number;
  /** Whether strikes are those of an index shifted by the futures basis, and so are not round (25187.21). */
  readonly basis: boolean;
};

function traits(level: number, spacing: number, dailyMove: number, gamma: number, basis = false): TickerTraits {
  return { level: level * 100, spacing: spacing * 100, dailyMove, gamma, basis };
}

const known: Readonly<Record<string, TickerTraits>> = {
  SPX: traits(6_900, 5, 0.008, 420),
  ES_SPX: traits(6_935, 5, 0.008, 420, true),
  NDX: traits(25_000, 10, 0.012, 260),
  NQ_NDX: traits(25_090, 10, 0.012, 260, true),
  RUT: traits(2_490, 5, 0.013, 20),
  VIX: traits(18, 0.5, 0.05, 2),
  SPY: traits(688, 1, 0.008, 75),
  QQQ: traits(610, 1, 0.012, 48),
  IWM: traits(246, 1, 0.013, 9),
  AAPL: traits(262, 2.5, 0.014, 12),
  MSFT: traits(520, 2.5, 0.013, 8),
  NVDA: traits(183, 2.5, 0.022, 22),
  TSLA: traits(440, 2.5, 0.03, 20),
};

const unknownTicker = traits(500, 2.5, 0.015, 8);

/** Traits of a ticker; one that is not known trades near 500, and at a basis when its name joins a future and an index. */
export function tickerTraits(ticker: string): TickerTraits {
  return known[ticker] ?? { ...unknownTicker, basis: ticker.includes('_') };
}
