import { GexlakeError } from '../core/errors.ts';
import type { SourceBytes } from '../core/journey.ts';
import type { Endpoint } from '../core/names.ts';
import { maskedKey } from '../core/redact.ts';
import type { VendorFile } from '../core/vendor-source.ts';
import type { SourcePolicy } from '../source/source.ts';
import { readAccount, type Account } from './account.ts';
import { objectIn, textsIn, valueIn, type Tickers } from './answers.ts';
import { ask, mustHaveKey, type Question } from './ask.ts';
import { askForHead, type BundleHead } from './bundle-head.ts';
import { fetchBundle, type BundleCame, type BundleInto } from './fetch-bundle.ts';
import { askForLink, openFile } from './fetch-file.ts';
import { readKey } from './key.ts';
import { vendorPolicy, type Asking, type VendorOptions } from './options.ts';

/*
 * The door of the room that speaks with the vendor's API. It knows nothing of a data folder: whoever opens it says at which pace it may
 * call, and where bytes go. The key goes to the API's own origin and to nobody else.
 */

export type { Account } from './account.ts';
export type { BundleHead } from './bundle-head.ts';
export type { BundleInto } from './fetch-bundle.ts';
export type { Tickers } from './answers.ts';
export { judge } from './judge.ts';
export { keyMissing } from './key.ts';
export { type VendorOptions, type VendorSettings } from './options.ts';

/** What may be asked of the vendor. All of it throws VENDOR_… and INTERRUPTED. */
export type Vendor = {
  /** What its links may lead to. */
  readonly policy: SourcePolicy;
  /** What the key may do. */
  readonly whoami: () => Promise<Account>;
  readonly tickers: () => Promise<Tickers>;
  readonly categories: (pack: Endpoint['package']) => Promise<readonly string[]>;
  /** What the latest bundle of a ticker is called, and its bytes, without it being read. It is a call like any other. */
  readonly latestBundle: (ticker: string) => Promise<BundleHead>;
  /** The signed address of a file, a secret that ends soon. */
  readonly link: (file: Omit<VendorFile, 'kind'>) => Promise<URL>;
  /** A file, which is signed for when it is transferred; `link`: one that was just signed, which will do for the beginning. */
  readonly open: (file: VendorFile, link?: URL | null) => SourceBytes;
  /** The latest bundle of a ticker; `date`: the day that is wanted, for the words of an error. What came may be of another day. */
  readonly bundle: (
    wanted: { readonly ticker: string; readonly date: string | null },
    into: BundleInto,
  ) => Promise<BundleCame>;
};

export function openVendor(options: VendorOptions): Vendor {
  let key: Promise<string | null> | null = null;
  const keyOnce = () => (key ??= readKey(options.settings));
  const withKey = async (): Promise<Asking> => ({ ...options, key: await keyOnce() });
  const without: Asking = { ...options, key: null };
  return {
    policy: vendorPolicy(options),
    whoami: async () => {
      const question = { path: '/whoami', what: 'what the key may do', date: null };
      const asking = await withKey();
      const reply = await ask(question, asking);
      return readAccount(objectIn(reply, question, asking), maskedKey(mustHaveKey(asking.key)));
    },
    tickers: async () => {
      const question = { path: '/tickers', what: 'the list of tickers', date: null, isPublic: true };
      const found = objectIn(await ask(question, without), question, without);
      const list = (kind: keyof Tickers) => textsIn(found[kind] ?? [], question, without);
      return { stocks: list('stocks'), indexes: list('indexes'), futures: list('futures') };
    },
    categories: (pack) => categoriesOf(pack, without),
    latestBundle: async (ticker) => askForHead(ticker, await withKey()),
    link: async (file) => askForLink(file, await withKey()),
    open: (file, link = null) => openFile(file, options, { key: keyOnce, link }),
    bundle: async (wanted, into) => fetchBundle(wanted, into, await withKey()),
  };
}

/** Some have seen the list below the base URL; the specification has it beside that. */
async function categoriesOf(pack: Endpoint['package'], asking: Asking): Promise<readonly string[]> {
  const question = { path: `/${pack}/categories`, what: `the categories of ${pack}`, date: null, isPublic: true };
  const read = async (asked: Question) => textsIn(valueIn(await ask(asked, asking), asked, asking), asked, asking);
  try {
    return await read(question);
  } catch (error) {
    if (!(error instanceof GexlakeError && error.code === 'VENDOR_ANSWER')) throw error;
    return read({ ...question, fromOrigin: true });
  }
}
