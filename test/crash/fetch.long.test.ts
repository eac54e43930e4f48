import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { endpoints } from '../../src/core/names.ts';
import { lastSessions } from '../../src/fetch/schedule.ts';
import { startSampleVendor, type Call, type Fault, type SampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { numbersFrom, type Numbers } from '../support/numbers.ts';
import { long } from '../support/shares.ts';
import { count } from './tally.ts';

/*
 * A lake is filled from nothing by a program that is killed again and again, from a vendor at which everything fails at times.
 */

const isWhole = process.env['GEXLAKE_CRASH_TESTS'] === 'all';
/** How much is fetched, and how often that is killed. */
const { sessions, wanted, kills } = isWhole
  ? { sessions: 62, wanted: endpoints.map(({ name }) => name), kills: 100 }
  : { sessions: 5, wanted: ['gex_zero', 'gex_one', 'orderflow'], kills: 12 };
const tickers = ['SPX', 'NQ_NDX'];
const spacing_ms = 5;

const faults: readonly Fault[] = [
  { kind: 'throttled', probability: 0.01 },
  { kind: 'expired', probability: 0.04 },
  { kind: 'cut', probability: 0.04 },
  { kind: 'reset', probability: 0.02 },
  { kind: 'unavailable', probability: 0.02 },
  { kind: 'wrong-length', probability: 0.02 },
  { kind: 'not-found', probability: 0.02, times: 1 },
  { kind: 'late', probability: 0.02, times: 1 },
  { kind: 'cut-zip', probability: 0.1, times: 2 },
  { kind: 'member-missing', probability: 0.1, times: 1 },
  { kind: 'yesterday', probability: 0.1, times: 1 },
];

long(
  'each session comes once, whatever is killed and whatever fails at the vendor',
  { timeout: 3_600_000 },
  async (owner) => {
    const seed = Number(process.env['GEXLAKE_SEED'] ?? Date.now() % 1_000_000);
    const random = numbersFrom(seed);
    const vendor = await startSampleVendor({
      tickers,
      seed,
      faults,
      pace: { spacing_ms },
      size: { records: 6, strikes: 5, span_s: 6 },
    });
    owner.after(vendor.close);
    const lake = await makeLake(owner);
    const env = settingsFor(vendor);
    for (let kill = 0; kill < kills; kill++) await fetchKilled(lake, env, random);
    // What failed for the moment is asked for again; what the vendor said not to have, because somebody asks.
    vendor.setFaults([]);
    await lake.spawn(['run'], { env });
    for (let round = 0; round < 5; round++) {
      const ran = await lake.spawn(['fetch', '--json', ...(round < 2 ? [] : ['--again'])], { env });
      if (ran.exitCode === 0) break;
    }
    const [published] = await lake.query(
      `SELECT count(*) AS blocks, max(seconds) AS most FROM (
       SELECT ticker, endpoint, session_date, count(*) - count(DISTINCT timestamp) AS seconds FROM snapshots GROUP BY ALL)`,
    );
    const expected = sessions * tickers.length * wanted.length;
    assert.deepEqual([Number(published?.['blocks']), Number(published?.['most'])], [expected, 0], `seed ${seed}`);
    const verified = await lake.json<{ readonly problems: readonly unknown[] }>(['verify']);
    assert.deepEqual(verified.problems, [], `seed ${seed}`);
    assertPolite(vendor.calls(), seed);
    const twice = downloadedTwice(vendor.calls());
    // Killed between the last byte on the wire and the file's name, nobody can know that it was whole.
    assert.ok(twice <= kills, `seed ${seed}: ${twice} files were sent whole twice in ${kills} kills`);
    const before = vendor.calls().length;
    await lake.spawn(['fetch'], { env });
    assert.ok(vendor.calls().length <= before + 1, 'nothing is left to be asked for');
  },
);

function settingsFor(vendor: SampleVendor): Record<string, string> {
  const [from = ''] = lastSessions(sessions, Date.now());
  return {
    GEXLAKE_GEXBOT_URL: vendor.apiUrl,
    GEXLAKE_GEXBOT_KEY: 'gexbot_custom_sample_quant',
    GEXLAKE_GEXBOT_PACE_MS: String(spacing_ms + 1),
    GEXLAKE_GEXBOT_FALLBACK_HOST: vendor.fallbackUrl,
    GEXLAKE_SOURCE_ALLOW: `${vendor.blobUrl},${vendor.fallbackUrl}`,
    GEXLAKE_SUBSCRIBE: JSON.stringify([{ tickers, endpoints: wanted, from }]),
    GEXLAKE_LIMITS: JSON.stringify({ retry_base_ms: 10, retry_cap_ms: 200, lock_wait_ms: 60_000, disk_free_bytes: 0 }),
  };
}

/** Fetches until it is killed: all of it at once, or only the process that was started, whose importer then notices. */
async function fetchKilled(lake: Lake, env: Record<string, string>, random: Numbers): Promise<void> {
  const running = lake.start(['fetch'], { env, group: true });
  const { pid = 0 } = running.child;
  const ended = running.ended.then(() => true);
  if (await Promise.race([ended, pause(100 + random(4_000)).then(() => false)])) return;
  process.kill(random(10) < 7 ? -pid : pid, 'SIGKILL');
  count('kills');
  await running.ended;
}

/** The pace is kept by all processes together. */
function assertPolite(calls: readonly Call[], seed: number): void {
  const refused = calls.filter(({ status, fault }) => status === 429 && fault === null);
  assert.deepEqual(refused, [], `seed ${seed}`);
}

function downloadedTwice(calls: readonly Call[]): number {
  const counts = new Map<string, number>();
  for (const { method, route, ticker, category, date, whole } of calls) {
    if (method !== 'GET' || !whole || (route !== 'blob' && route !== 'fallback')) continue;
    const name = `${ticker} ${category} ${date}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts.values()].filter((count) => count > 1).length;
}
