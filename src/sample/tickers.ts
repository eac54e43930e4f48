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

const known: Readonly<Record<string, TickerTraits>> = {
  SPX: { level: 690_000, spacing: 500, dailyMove: 0.008, gamma: 420, basis: false },
  ES_SPX: { level: 693_500, spacing: 500, dailyMove: 0.008, gamma: 420, basis: true },
  NDX: { level: 2_500_000, spacing: 1_000, dailyMove: 0.012, gamma: 260, basis: false },
  NQ_NDX: { level: 2_509_000, spacing: 1_000, dailyMove: 0.012, gamma: 260, basis: true },
  RUT: { level: 249_000, spacing: 500, dailyMove: 0.013, gamma: 20, basis: false },
  VIX: { level: 1_800, spacing: 50, dailyMove: 0.05, gamma: 2, basis: false },
  SPY: { level: 68_800, spacing: 100, dailyMove: 0.008, gamma: 75, basis: false },
  QQQ: { level: 61_000, spacing: 100, dailyMove: 0.012, gamma: 48, basis: false },
  IWM: { level: 24_600, spacing: 100, dailyMove: 0.013, gamma: 9, basis: false },
  AAPL: { level: 26_200, spacing: 250, dailyMove: 0.014, gamma: 12, basis: false },
  MSFT: { level: 52_000, spacing: 250, dailyMove: 0.013, gamma: 8, basis: false },
  NVDA: { level: 18_300, spacing: 250, dailyMove: 0.022, gamma: 22, basis: false },
  TSLA: { level: 44_000, spacing: 250, dailyMove: 0.03, gamma: 20, basis: false },
};

const unknownTicker: TickerTraits = { level: 50_000, spacing: 250, dailyMove: 0.015, gamma: 8, basis: false };

/** Traits of a ticker; one that is not known trades near 500, and at a basis when its name joins a future and an index. */
export function tickerTraits(ticker: string): TickerTraits {
  return known[ticker] ?? { ...unknownTicker, basis: ticker.includes('_') };
}
