import { endpoints, type Endpoint } from '../core/names.ts';

/** What a key may do. */
export type SampleKey = {
  readonly key: string;
  readonly tier: string;
  readonly packages: readonly Endpoint['package'][];
  /** Whether it may have the end-of-day bundle, and the files of earlier sessions. */
  readonly eod: boolean;
  readonly hist: boolean;
};

const every: readonly Endpoint['package'][] = ['classic', 'state', 'orderflow'];

/** A key for each kind of user, each plan with those below it. They open nothing but this stand-in. */
export const sampleKeys: readonly SampleKey[] = [
  { key: 'gexbot_custom_sample_quant', tier: 'quant', packages: every, eod: true, hist: true },
  { key: 'gexbot_custom_sample_classic', tier: 'classic', packages: ['classic'], eod: true, hist: false },
  { key: 'gexbot_custom_sample_state', tier: 'state', packages: ['classic', 'state'], eod: true, hist: false },
  { key: 'gexbot_custom_sample_orderflow', tier: 'orderflow', packages: every, eod: true, hist: false },
  { key: 'gexbot_custom_sample_live', tier: 'live', packages: every, eod: false, hist: false },
];

/** The key of a request: `Bearer <key>`, or `Basic <key>` as older ones. Null where there is none. */
export function keyOf(authorization: string | undefined): string | null {
  return /^(?:bearer|basic) +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** A key as it may be shown. */
export function masked(key: string): string {
  return `${key.slice(0, 'gexbot_custom_'.length)}…${key.slice(-4)}`;
}

export function endpointOf(pack: string | undefined, category: string | undefined): Endpoint | undefined {
  return endpoints.find((known) => known.package === pack && known.category === category);
}

/** The vendor's three kinds of tickers. */
export function sortTickers(tickers: readonly string[]): Readonly<Record<'stocks' | 'indexes' | 'futures', string[]>> {
  const futures = tickers.filter((ticker) => ticker.includes('_'));
  const indexes = tickers.filter((ticker) => ['SPX', 'NDX', 'RUT', 'VIX'].includes(ticker));
  const stocks = tickers.filter((ticker) => !futures.includes(ticker) && !indexes.includes(ticker));
  return { stocks, indexes, futures };
}
