import { endpoints } from '../core/names.ts';
import type { SampleKey } from './tiers.ts';
import type { Vendor } from './vendor.ts';
import { zipOf, type ZipEntry } from './zip.ts';

/** What is done to a bundle before it is sent. */
export type BundleFlaw = 'member-missing' | 'member-broken' | null;

/** The end-of-day bundle of a session: all that a key may have of it. */
export async function makeBundle(
  vendor: Vendor,
  { packages }: SampleKey,
  { ticker, date, flaw }: { readonly ticker: string; readonly date: string; readonly flaw: BundleFlaw },
): Promise<Buffer> {
  const entries: ZipEntry[] = [];
  for (const endpoint of endpoints.filter((known) => packages.includes(known.package))) {
    const file = vendor.published.member(endpoint, ticker, date);
    if (file === null) continue;
    const { name, body } = await vendor.files.member(file);
    entries.push({ name: `${ticker}/${endpoint.package}/${endpoint.category}/${name}`, content: body });
  }
  const struck = Math.floor(vendor.faults.draw('member', { ticker, category: 'eod', date }) * entries.length);
  return zipOf(entries.flatMap((entry, at) => (at === struck ? flawed(entry, flaw) : [entry])));
}

function flawed(entry: ZipEntry, flaw: BundleFlaw): ZipEntry[] {
  if (flaw === 'member-missing') return [];
  if (flaw === null) return [entry];
  return [{ name: entry.name, content: entry.content.subarray(0, entry.content.byteLength >> 1) }];
}
