import type { Command } from 'commander';
import type { VendorReport } from '../app/app.ts';
import { endpoints, parseTicker, type Endpoint } from '../core/names.ts';
import { redactText, redactUrl } from '../core/redact.ts';
import { makeCommand, openApp, type CommonOptions } from './command-line.ts';
import { formatBytes } from './format.ts';
import { terminalWidth, writeData, writeJson } from './output.ts';
import { renderTable } from './table.ts';

type VendorOptions = CommonOptions & { readonly ticker?: string };

export function vendorCommand(): Command {
  return makeCommand('vendor', 'ask GEXBot what the key may have, and what there is', [
    'vendor',
    'vendor --ticker SPX',
    'vendor --json',
  ])
    .option('--ticker <ticker>', 'also ask which bundle of this ticker is the latest')
    .action(async (options: VendorOptions) => {
      const ticker = options.ticker === undefined ? null : parseTicker(options.ticker);
      const report = await (await openApp(options)).askVendor(ticker);
      if (options.json === true) writeJson(toJson(report));
      else print(report);
    });
}

function toJson({ url, account, tickers, categories, bundle }: VendorReport) {
  return {
    url: redactUrl(url),
    key: account?.maskedKey ?? null,
    tier: account?.tier ?? null,
    endpoints: account?.endpoints?.map(({ name }) => name) ?? null,
    hist: account?.hist ?? null,
    eod: account?.eod ?? null,
    tickers,
    categories,
    bundle,
  };
}

function print({ url, account, tickers, categories, bundle }: VendorReport): void {
  const rows = [
    ['API', redactUrl(url)],
    ...(account === null ? [['key', 'none']] : describeAccount(account)),
    ...Object.entries(tickers).map(([kind, names]) => [kind, names.join(' ') || 'none']),
    ...Object.entries(categories).map(([pack, names]) => [`${pack} has`, names.join(' ')]),
    ...(bundle === null ? [] : [[`latest bundle of ${bundle.ticker}`, describeBundle(bundle)]]),
  ];
  const shown = rows.map((row) => row.map(redactText));
  writeData(renderTable([{ title: 'WHAT' }, { title: 'FOUND', shrinks: true, least: 30 }], shown, terminalWidth()));
}

function describeAccount({
  maskedKey,
  tier,
  endpoints: may,
  hist,
  eod,
}: NonNullable<VendorReport['account']>): string[][] {
  return [
    ['key', maskedKey],
    ['plan', tier ?? 'not said'],
    ['of a session', may === null ? 'not said' : describeEndpoints(may)],
    ['single days (/hist)', said(hist)],
    ['bundles of a day', said(eod)],
  ];
}

/** Whole packages by their names, of others what there is. */
function describeEndpoints(may: readonly Endpoint[]): string {
  const packages = [...new Set(may.map((endpoint) => endpoint.package))];
  const parts = packages.map((pack) => {
    const own = may.filter((endpoint) => endpoint.package === pack);
    const isWhole = own.length === endpoints.filter((endpoint) => endpoint.package === pack).length;
    return isWhole ? pack : own.map(({ category }) => `${pack}/${category}`).join(', ');
  });
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function describeBundle({ name, size_bytes }: NonNullable<VendorReport['bundle']>): string {
  return `${name ?? 'without a name'}, ${size_bytes === null ? 'of unknown size' : formatBytes(size_bytes)}`;
}

function said(able: boolean | null): string {
  return able === null ? 'not said' : able ? 'yes' : 'no';
}
