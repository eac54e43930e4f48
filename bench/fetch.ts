// Fetches sessions from a stand-in for the vendor over a link of a set speed, beside what it cannot be faster than: downloading them
// alone, and importing them alone. The stand-in makes them before anything is measured.
// usage: npm run bench:fetch -- [--sessions 20] [--records 23400] [--megabytes 25] [--form plain|gzip] [--runs 3]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseEndpoint } from '../src/core/names.ts';
import { lastSessions } from '../src/fetch/schedule.ts';
import { startSampleVendor } from '../src/sample-vendor/sample-vendor.ts';
import { day } from './make-input.ts';
import { measure, median, nodeCommand, type Usage } from './measure.ts';

const { values } = parseArgs({
  options: {
    sessions: { type: 'string', default: '20' },
    records: { type: 'string', default: String(day.records) },
    megabytes: { type: 'string', default: '25' },
    form: { type: 'string', default: 'plain' },
    runs: { type: 'string', default: '3' },
  },
});
const program = join(import.meta.dirname, '../bin/gexlake.js');
const folder = mkdtempSync(join(tmpdir(), 'gexlake-bench-'));
const [ticker, endpoint] = ['SPX', parseEndpoint('gex_zero')];
const key = 'gexbot_custom_sample_quant';
const sessions = lastSessions(Number(values.sessions), Date.now());
const form = values.form === 'gzip' ? 'gzip' : 'plain';
const vendor = await startSampleVendor({
  tickers: [ticker],
  pace: { spacing_ms: 0 },
  bandwidth_bytes_s: Number(values.megabytes) * 1e6,
  signature_life_s: 86_400,
  cache_bytes: 16 * 1024 ** 3,
  size: { records: Number(values.records), strikes: 99, span_s: 23_400, flaws: true, form },
});

try {
  const links = await makeAll();
  const bytes = links.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  console.log(`machine: ${cpus().length} × ${cpus()[0]?.model}; Node ${process.versions.node}`);
  console.log(
    `${links.length} sessions of ${values.records} records, ${(bytes / 1e6).toFixed(0)} MB (${form}) over ${values.megabytes} MB/s; ${values.runs} runs each, in turn\n`,
  );
  const ways = { 'downloading alone': download, 'importing alone': importAll, 'gexlake fetch': fetchAll };
  const usages = Object.entries(ways).map(([name, act]) => ({ name, act, taken: [] as Usage[] }));
  for (let run = 0; run < Number(values.runs); run++)
    for (const { act, taken } of usages) taken.push(await act(run, links));
  print(usages);
} finally {
  await vendor.close();
  rmSync(folder, { recursive: true, force: true });
}

type Link = { readonly url: string; readonly name: string; readonly size_bytes: number };

/** Signed links of all sessions, whose files are made. */
async function makeAll(): Promise<Link[]> {
  const links: Link[] = [];
  for (const date of sessions) {
    const path = `${vendor.apiUrl}/hist/${ticker}/${endpoint.package}/${endpoint.category}/${date}?noredirect`;
    const answer = await fetch(path, { headers: { authorization: `Bearer ${key}`, 'user-agent': 'bench' } });
    const { url } = (await answer.json()) as { readonly url: string };
    const size_bytes = (await vendor.prepare({ ticker, endpoint, date })) ?? 0;
    const name = new URL(url).pathname.split('/').at(-1) ?? '';
    links.push({ url, name, size_bytes });
  }
  return links;
}

/** As a user would without gexlake; the files stay for the import. */
async function download(run: number, links: readonly Link[]): Promise<Usage> {
  const to = join(folder, `files-${run}`);
  mkdirSync(to);
  const each = links.flatMap(({ url, name }) => ['-o', join(to, name), url]);
  return measure({ program: 'curl', argument: ['-sS', ...each] });
}

async function importAll(run: number): Promise<Usage> {
  const output = mkdtempSync(join(folder, 'output-'));
  const usage = await measure(
    nodeCommand([program, 'import', join(folder, `files-${run}`)], { GEXLAKE_DATA_DIR: output }),
  );
  rmSync(join(folder, `files-${run}`), { recursive: true, force: true });
  rmSync(output, { recursive: true, force: true });
  return usage;
}

async function fetchAll(): Promise<Usage> {
  const output = mkdtempSync(join(folder, 'output-'));
  const usage = await measure(
    nodeCommand([program, 'fetch'], {
      GEXLAKE_DATA_DIR: output,
      GEXLAKE_GEXBOT_URL: vendor.apiUrl,
      GEXLAKE_GEXBOT_KEY: key,
      GEXLAKE_GEXBOT_PACE_MS: '0',
      GEXLAKE_GEXBOT_FALLBACK_HOST: vendor.fallbackUrl,
      GEXLAKE_SOURCE_ALLOW: `${vendor.blobUrl},${vendor.fallbackUrl}`,
      GEXLAKE_SUBSCRIBE: JSON.stringify([{ tickers: [ticker], endpoints: [endpoint.name], from: sessions[0] }]),
    }),
  );
  rmSync(output, { recursive: true, force: true });
  return usage;
}

function print(usages: readonly { readonly name: string; readonly taken: readonly Usage[] }[]): void {
  const middle = (taken: readonly Usage[], field: 'wall_s' | 'cpu_s') => median(taken.map((usage) => usage[field]));
  console.log(`${'median'.padEnd(20)}  wall s   CPU s`);
  for (const { name, taken } of usages)
    console.log(
      `${name.padEnd(20)}${middle(taken, 'wall_s').toFixed(1).padStart(8)}${middle(taken, 'cpu_s').toFixed(1).padStart(8)}`,
    );
  const [alone, imported, fetched] = usages.map(({ taken }) => middle(taken, 'wall_s')) as [number, number, number];
  console.log(`\ngexlake fetch / the longer of the two: wall ${(fetched / Math.max(alone, imported)).toFixed(2)}`);
}
