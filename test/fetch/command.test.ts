import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import type { FetchPlan } from '../../src/core/fetch-plan.ts';
import { lastSessions } from '../../src/fetch/schedule.ts';
import { startSampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake } from '../support/gexlake.ts';
import { long, test } from '../support/shares.ts';

const vendor = await startSampleVendor({
  tickers: ['SPX', 'NQ_NDX'],
  pace: { spacing_ms: 0 },
  size: { records: 6, strikes: 5, span_s: 6 },
});
after(vendor.close);
const [first = '', last = ''] = lastSessions(2, Date.now());
const env = {
  GEXLAKE_GEXBOT_URL: vendor.apiUrl,
  GEXLAKE_GEXBOT_KEY: 'gexbot_custom_sample_quant',
  GEXLAKE_GEXBOT_PACE_MS: '0',
  GEXLAKE_GEXBOT_FALLBACK_HOST: vendor.fallbackUrl,
  GEXLAKE_SOURCE_ALLOW: `${vendor.blobUrl},${vendor.fallbackUrl}`,
  GEXLAKE_SUBSCRIBE: JSON.stringify([
    { tickers: ['SPX', 'NQ_NDX'], endpoints: ['gex_zero', 'orderflow'], from: first },
  ]),
};

type Fetched = {
  readonly answers: readonly { readonly answer: string }[];
  readonly results: readonly { readonly status: string }[];
  readonly left: FetchPlan;
};

suite('gexlake fetch', () => {
  test('fills a lake with what is subscribed to, and then has nothing to do', async (context) => {
    const lake = await makeLake(context);
    const plan = await lake.json<FetchPlan>(['fetch', '--plan'], { env });
    assert.deepEqual([plan.counts.wanted, plan.counts.here, plan.gaps], [8, 0, []]);
    const { results, left } = await lake.json<Fetched>(['fetch', '--to', first], { env });
    assert.deepEqual(
      results.map(({ status }) => status),
      ['completed', 'completed', 'completed', 'completed'],
    );
    assert.equal(left.counts.here, 4);
    const second = await lake.json<Fetched>(['fetch'], { env });
    assert.deepEqual([second.results.length, second.left.counts.here], [4, 8]);
    const calls = vendor.calls().length;
    const third = await lake.json<Fetched>(['fetch'], { env });
    assert.deepEqual([third.answers, third.results], [[], []]);
    assert.equal(vendor.calls().length, calls + 1, 'what the key may do');
    const verified = await lake.json<{ readonly problems: readonly unknown[] }>(['verify']);
    assert.deepEqual(verified.problems, []);
  });

  test('says what the plan does not include, and ends with 4 where something did not come', async (context) => {
    const lake = await makeLake(context);
    const asClassic = { ...env, GEXLAKE_GEXBOT_KEY: 'gexbot_custom_sample_classic' };
    const plan = await lake.json<FetchPlan>(['fetch', '--plan'], { env: asClassic });
    const reasons = new Set(plan.gaps.map(({ reason }) => reason));
    assert.ok(reasons.has('not_in_plan'), [...reasons].join());
    assert.ok(plan.items.every(({ kind }) => kind === 'bundle'));
    vendor.setFaults([{ kind: 'absent', category: 'gex_zero', ticker: 'SPX', date: first }]);
    context.after(() => vendor.setFaults([]));
    // A session that no bundle brings any more, at any hour of the day.
    const words = ['fetch', '--ticker', 'SPX', '--endpoint', 'gex_zero', '--from', first, '--to', first, '--json'];
    const ran = await lake.run(words, { env });
    assert.equal(ran.exitCode, 4, ran.stderr);
    assert.equal((JSON.parse(ran.stdout) as Fetched).answers[0]?.answer, 'not_published');
  });

  test('says that nothing says what to fetch', async (context) => {
    const lake = await makeLake(context);
    const ran = await lake.run(['fetch', '--plan'], { env: { ...env, GEXLAKE_SUBSCRIBE: '' } });
    assert.equal(ran.exitCode, 2);
    assert.match(ran.stderr, /no subscription, and no --ticker/);
  });

  long('refuses days that end before they begin', async (context) => {
    const lake = await makeLake(context);
    const ran = await lake.run(['fetch', '--plan', '--from', last, '--to', first], { env });
    assert.equal(ran.exitCode, 2, ran.stderr);
    assert.match(ran.stderr, /is after --to/);
  });

  long('tells each reason for what cannot be had once', async (context) => {
    const lake = await makeLake(context);
    const days = ['--from', '2024-01-02', '--to', '2024-01-05'];
    const old = await lake.run(['fetch', '--plan', '--ticker', 'SPX', '--endpoint', 'gex_zero', ...days], { env });
    assert.match(old.stdout, /^there is nothing to fetch$/m);
    assert.deepEqual(old.stderr.match(/^not to be had: .*$/gm), [
      'not to be had: 4 sessions (2024-01-02 to 2024-01-05): older than the 90 days that the vendor keeps',
    ]);
  });
});
