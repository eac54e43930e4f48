import type { FetchState } from '../core/fetch-state.ts';
import { wantedPairs } from '../core/subscription.ts';
import type { VendorAnswer } from '../core/vendor-answer.ts';
import { FetchKeeper, type FetchContext, type LookAgain } from '../fetch/fetch.ts';
import { openVendorIn, type Interrupts } from '../pipeline/pipeline.ts';
import { recheckSource } from '../recheck/recheck.ts';
import type { AppContext } from './context.ts';

/** What fetching by itself tells. */
export type KeeperListener = {
  readonly onState: (state: FetchState) => void;
  readonly onAnswer: (answer: VendorAnswer) => void;
  readonly onWarning: (message: string) => void;
};

/** What somebody hears who has subscribed to something and is not going to get it. */
const noKey =
  'nothing is fetched by itself: there are subscriptions, and no key; set GEXLAKE_GEXBOT_KEY or GEXLAKE_GEXBOT_KEY_FILE';

/** Downloads at one time, of who has not said how many. */
const downloads = 3;

export function fetchContextOf({ folder, policy, limits, clock, quietly, vendorSettings }: AppContext): FetchContext {
  const shop = { folder, settings: vendorSettings, policy, limits, clock };
  return { ...quietly, openVendor: (signal) => openVendorIn({ ...shop, signal }) };
}

/** As `gexlake recheck` does it. */
function lookAgainIn(context: AppContext): LookAgain {
  const { quietly, policy } = context;
  const { openVendor } = fetchContextOf(context);
  return async (source, signal) => {
    await recheckSource(quietly, { policy, vendor: openVendor(signal), signal }, { source, flags: {} });
  };
}

/** Whether there are subscriptions, and a key to get them with. */
function fetchesByItself({ subscriptions, hasKey }: AppContext): boolean {
  return subscriptions.length > 0 && hasKey;
}

/**
 * Gets by itself what is subscribed to, as long as some work beside it goes on, whose importers take what comes. Where nothing is subscribed
 * to, there is the work alone.
 */
export async function whileFetching<T>(
  context: AppContext,
  { finish, abort }: Pick<Interrupts, 'finish' | 'abort'>,
  listener: KeeperListener,
  work: () => Promise<T>,
): Promise<T> {
  if (!fetchesByItself(context)) {
    if (context.subscriptions.length > 0) listener.onWarning(noKey);
    return work();
  }
  const over = new AbortController();
  const pairs = wantedPairs(context.subscriptions);
  const lookAgain = lookAgainIn(context);
  const keeper = new FetchKeeper(fetchContextOf(context), { pairs, downloads, lookAgain, ...listener });
  const kept = keeper.run(AbortSignal.any([finish, over.signal]), abort);
  // A defect of it ends the process; it is not to be lost while the work goes on.
  const failed = kept.then(() => new Promise<never>(() => undefined));
  try {
    return await Promise.race([work(), failed]);
  } finally {
    over.abort();
    await kept;
  }
}
