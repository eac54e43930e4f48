/** What a source of the vendor says, as it is written there. Without package and category it is a bundle. */
type VendorParts = {
  readonly route: 'hist' | 'eod';
  readonly ticker: string;
  readonly date: string;
  readonly package: string | null;
  readonly category: string | null;
};

const hist = /^gexbot:hist\/([^/]+)\/(classic|state|orderflow)\/([a-z_]+)\/(\d{4}-\d{2}-\d{2})$/i;
const eod = /^gexbot:eod\/([^/]+)\/(\d{4}-\d{2}-\d{2})(?:\/(classic|state|orderflow)\/([a-z_]+))?$/i;

/** Whether a source is, or was meant to be, one of the vendor's: `gexbot:…`. */
export function isVendorSource(source: string): boolean {
  return /^\s*gexbot:/i.test(source);
}

/** The parts of a source of the vendor; null for any other text. What they mean is not looked at. */
export function vendorParts(source: string): VendorParts | null {
  const text = source.trim();
  const file = hist.exec(text);
  if (file !== null) {
    const [, ticker = '', pack = '', category = '', date = ''] = file;
    return { route: 'hist', ticker, date, package: pack, category };
  }
  const bundle = eod.exec(text);
  if (bundle === null) return null;
  const [, ticker = '', date = '', pack = null, category = null] = bundle;
  return { route: 'eod', ticker, date, package: pack, category };
}

/** The name that the vendor gives the file of such a source, in its own spelling of the parts; null for any other text. */
export function vendorNameOf(source: string): string | null {
  const parts = vendorParts(source);
  if (parts === null) return null;
  const { ticker, date } = parts;
  if (parts.package === null || parts.category === null) return `eod_report_${ticker}_${date}.zip`;
  return `${date}_${ticker}_${parts.package}_${parts.category}.json`;
}
