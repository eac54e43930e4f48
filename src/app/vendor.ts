import { endpoints, type Endpoint } from '../core/names.ts';
import type { Account, BundleHead, Tickers } from '../vendor/vendor.ts';
import type { AppContext } from './context.ts';

/** What the vendor has, as one key sees it; `bundle`: the latest of a ticker, where one was asked about. */
export type VendorReport = {
  readonly url: string;
  readonly account: Account | null;
  readonly tickers: Tickers;
  readonly categories: Readonly<Record<Endpoint['package'], readonly string[]>>;
  readonly bundle: (BundleHead & { readonly ticker: string }) | null;
};

export type AppVendor = {
  /** Asks what the key may do and what there is; without a key, what is public. @throws VENDOR_… */
  readonly askVendor: (ticker: string | null) => Promise<VendorReport>;
};

export function vendor(context: Pick<AppContext, 'vendor' | 'hasKey' | 'vendorSettings'>): AppVendor {
  const { vendor: api, hasKey, vendorSettings } = context;
  return {
    askVendor: async (ticker) => {
      const account = hasKey ? await api.whoami() : null;
      const tickers = await api.tickers();
      const packages = [...new Set(endpoints.map((endpoint) => endpoint.package))];
      const categories = {
        classic: [] as readonly string[],
        state: [] as readonly string[],
        orderflow: [] as readonly string[],
      };
      for (const pack of packages) categories[pack] = await api.categories(pack);
      const bundle = ticker === null ? null : { ticker, ...(await api.latestBundle(ticker)) };
      return { url: vendorSettings.url, account, tickers, categories, bundle };
    },
  };
}
