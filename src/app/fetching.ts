import { GexlakeError, toGexlakeError } from '../core/errors.ts';
import type { FetchItem, FetchPlan } from '../core/fetch-plan.ts';
import type { FetchOverview } from '../core/fetch-state.ts';
import { endpoints, parseEndpoint, parseSessionDate, parseTicker } from '../core/names.ts';
import { wantedPairs, type WantedPair } from '../core/subscription.ts';
import { isVendorSource } from '../core/vendor-form.ts';
import { fetchNow, overview, planNow, type Brought, type FetchContext, type FetchEnd } from '../fetch/fetch.ts';
import { runImporters, type ImportListener, type Interrupts } from '../pipeline/pipeline.ts';
import type { AppContext } from './context.ts';
import type { ImportRun } from './imports.ts';
import { fetchContextOf } from './keep-fetching.ts';
import { withUpkeep } from './upkeep.ts';

/** What a user wants to be got: without a ticker what is subscribed to, or with `missing` all that the lake has something of. */
export type AskedFetch = {
  readonly tickers: readonly string[];
  readonly endpoints: readonly string[];
  readonly missing: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly again: boolean;
  readonly downloads: number;
  readonly most_bytes: number | null;
};

/** What the one who asked hears while it goes on. */
export type FetchListener = ImportListener & {
  readonly onPlan: (plan: FetchPlan) => void;
  readonly onItem: (item: FetchItem) => void;
  readonly onItemBytes: (item: FetchItem, bytes: number) => void;
  readonly onBrought: (item: FetchItem, brought: Brought) => void;
};

export type FetchRun = Omit<FetchEnd, 'look'> & { readonly left: FetchPlan; readonly run: ImportRun };

export type AppFetching = {
  /** What is missing of what is subscribed to; null where nothing is. */
  readonly fetchOverview: () => Promise<FetchOverview | null>;
  /** What is to be got, and what cannot be had; asks the vendor what the key may have, and changes nothing. */
  readonly planFetch: (asked: AskedFetch) => Promise<FetchPlan>;
  /** Gets it, and imports what comes while the next is coming. */
  readonly fetch: (asked: AskedFetch, listener: FetchListener, interrupts: Interrupts) => Promise<FetchRun>;
};

/** How often it is looked whether the importers are done. */
const settledPause_ms = 200;

export function fetching(context: AppContext): AppFetching {
  const { ready } = context;
  const fetchContext = fetchContextOf(context);
  const request = async (asked: AskedFetch) => ({ ...asked, ...readDays(asked), pairs: await pairsOf(context, asked) });
  const wanted = wantedPairs(context.subscriptions);
  return {
    fetchOverview: async () => (wanted.length === 0 ? null : overview(fetchContext, wanted)),
    planFetch: async (asked) => planNow(fetchContext, await request(asked)),
    fetch: async (asked, listener, interrupts) => {
      const notes = await ready();
      const done = await fetchAndImport(context, fetchContext, { request: await request(asked), listener, interrupts });
      return { ...done, run: { ...done.run, notes } };
    },
  };
}

/** @throws SESSION_DATE_INVALID, or USAGE where the last day is before the first */
function readDays({ from, to }: AskedFetch): { readonly from: string | null; readonly to: string | null } {
  const day = (given: string | null) => (given === null ? null : parseSessionDate(given));
  const days = { from: day(from), to: day(to) };
  if (days.from === null || days.to === null || days.from <= days.to) return days;
  throw new GexlakeError('USAGE', `--from ${days.from} is after --to ${days.to}`, {
    hint: 'Give the earlier day first.',
  });
}

/** The tickers and endpoints that are meant. @throws USAGE where none are, TICKER_INVALID, ENDPOINT_UNKNOWN */
async function pairsOf({ log, subscriptions }: AppContext, asked: AskedFetch): Promise<WantedPair[]> {
  const tickers = asked.tickers.map(parseTicker);
  const named = asked.endpoints.map((name) => parseEndpoint(name).name);
  const fits = ({ ticker, endpoint }: WantedPair) =>
    (tickers.length === 0 || tickers.includes(ticker)) && (named.length === 0 || named.includes(endpoint));
  if (asked.missing) {
    const { live } = await log.whole.survey();
    return wantedPairs(
      live.map(({ ticker, endpoint }) => ({ tickers: [ticker], endpoints: [endpoint], from: null })),
    ).filter(fits);
  }
  if (tickers.length > 0) {
    const all = named.length === 0 ? endpoints.map(({ name }) => name) : named;
    return wantedPairs([{ tickers, endpoints: all, from: null }]);
  }
  if (subscriptions.length > 0) return wantedPairs(subscriptions).filter(fits);
  throw new GexlakeError('USAGE', 'nothing says what to fetch: there is no subscription, and no --ticker', {
    hint: 'Give --ticker SPX, or put a table [[subscribe]] with tickers and endpoints into gexlake.toml of this folder.',
  });
}

type Fetching = {
  readonly request: Awaited<Parameters<typeof fetchNow>[1]>;
  readonly listener: FetchListener;
  readonly interrupts: Interrupts;
};

/** Downloads and imports side by side: the importers take jobs until all is downloaded and no job of the vendor's waits or runs. */
async function fetchAndImport(
  { log, importers, clock, quietly }: AppContext,
  fetchContext: FetchContext,
  { request, listener, interrupts }: Fetching,
): Promise<FetchRun> {
  const done = new AbortController();
  const wakes = new Set<() => void>();
  const finish = AbortSignal.any([interrupts.finish, done.signal]);
  const onWake = (wake: () => void) => {
    wakes.add(wake);
    return () => wakes.delete(wake);
  };
  const work = { kind: 'pending', limit: Number.MAX_SAFE_INTEGER, watch: true, workers: 1 } as const;
  const importing = withUpkeep(quietly, { jobs: 0, watch: true }, listener, { ...interrupts, finish }, (heard) =>
    runImporters({ log, importers }, work, {
      listener: heard,
      interrupts: { finish, abort: interrupts.abort, onWake },
    }),
  );
  const isImporting = { now: true };
  const imported = importing.finally(() => (isImporting.now = false));
  const { onPlan, onItem, onItemBytes, onBrought } = listener;
  const fetched = fetchNow(fetchContext, request, {
    finish: interrupts.finish,
    abort: interrupts.abort,
    onPlan,
    onBegun: onItem,
    onBytes: onItemBytes,
    onBrought: (item, brought) => {
      for (const wake of wakes) wake();
      onBrought(item, brought);
    },
  });
  try {
    const { look, ...end } = await fetched;
    while (!finish.aborted && isImporting.now && (await isAwaited(log))) await clock.sleep(settledPause_ms);
    done.abort();
    const run = await imported;
    return { ...end, left: await look(), run: { ...run, interrupted: interrupts.finish.aborted } };
  } catch (error) {
    done.abort();
    await imported.catch(toGexlakeError);
    throw error;
  }
}

/** Whether a job of the vendor's waits or runs. */
async function isAwaited(log: AppContext['log']): Promise<boolean> {
  const open = await log.jobs.open();
  return open.some(({ url, status }) => isVendorSource(url) && (status === 'pending' || status === 'started'));
}
