import { after } from 'node:test';
import { parseEndpoint } from '../../src/core/names.ts';
import {
  startSampleVendor,
  type SampleVendor,
  type SampleVendorOptions,
} from '../../src/sample-vendor/sample-vendor.ts';

/** Friday, an ordinary session, in the evening: its bundle and its files are out. */
export const evening = '2026-07-17T21:00:00-04:00';
export const friday = '2026-07-17';

export const quant = 'gexbot_custom_sample_quant';
export const classic = 'gexbot_custom_sample_classic';

/** A stand-in whose clock stands until it is set forward; it goes with the file's tests. */
export async function startAt(now: string, options: SampleVendorOptions = {}): Promise<SampleVendor> {
  const vendor = await startSampleVendor({
    clock: { now_ms: Date.parse(now), speed: 0 },
    pace: { spacing_ms: 0 },
    ...options,
  });
  after(vendor.close);
  return vendor;
}

export function ask(vendor: SampleVendor, path: string, key: string | null = quant): Promise<Response> {
  return fetch(vendor.apiUrl + path, {
    redirect: 'manual',
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
  });
}

export const pathOf = (date: string, endpoint = 'classic/gex_zero', ticker = 'SPX') =>
  `/hist/${ticker}/${endpoint}/${date}?noredirect`;

/** What an answer says in JSON. */
export async function said(response: Response): Promise<unknown> {
  return response.json();
}

export async function statusOf(vendor: SampleVendor, path: string, key?: string): Promise<number> {
  const response = await ask(vendor, path, key);
  await response.arrayBuffer();
  return response.status;
}

/** A signed URL of a session. */
export async function sign(vendor: SampleVendor, date = friday, endpoint?: string): Promise<string> {
  const { url } = (await said(await ask(vendor, pathOf(date, endpoint)))) as { url: string };
  return url;
}

export async function download(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  return Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
}

export async function sourceOf(vendor: SampleVendor, date = friday, endpoint = 'gex_zero'): Promise<Buffer> {
  const json = await vendor.sourceOf({ ticker: 'SPX', endpoint: parseEndpoint(endpoint), date });
  return Buffer.from(json ?? []);
}
