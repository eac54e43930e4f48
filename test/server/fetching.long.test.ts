import assert from 'node:assert/strict';
import { after } from 'node:test';
import { lastSessions } from '../../src/fetch/schedule.ts';
import { startSampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake } from '../support/gexlake.ts';
import { follow, startService } from '../support/service.ts';
import { long } from '../support/shares.ts';

const vendor = await startSampleVendor({ tickers: ['SPX'], pace: { spacing_ms: 0 } });
after(vendor.close);
const [from = ''] = lastSessions(1, Date.now());

long('the service gets by itself what is subscribed to, and says how that gets on', async (context) => {
  const lake = await makeLake(context);
  const service = await startService(context, lake, {
    env: {
      GEXLAKE_GEXBOT_URL: vendor.apiUrl,
      GEXLAKE_GEXBOT_KEY: 'gexbot_custom_sample_classic',
      GEXLAKE_GEXBOT_PACE_MS: '0',
      GEXLAKE_SUBSCRIBE: JSON.stringify([{ tickers: ['SPX'], endpoints: ['classic'], from }]),
    },
  });
  const follower = await follow(service);
  context.after(async () => follower.close());
  const completed = new Set<unknown>();
  await follower.until(({ name, data }) => {
    const job = data['job'] as { readonly id: string; readonly status: string } | undefined;
    if (name === 'job' && job?.status === 'completed') completed.add(job.id);
    return completed.size === 3;
  });
  await follower.until(({ name, data }) => name === 'fetch' && data['state'] === 'fetching');
  const { fetch: state } = await service.get<{ readonly fetch: { readonly sessions_done: number } }>('/health');
  assert.equal(state.sessions_done, 3);
  const text = await (await service.ask('/metrics')).text();
  assert.match(text, /^gex_vendor_calls_total{answer="given"} 1$/m);
  assert.match(text, /^gex_sessions_missing{ticker="SPX",endpoint="gex_zero"} 0$/m);
  assert.doesNotMatch(text, /^gex_source_days_left/m);
  assert.deepEqual(
    vendor
      .calls()
      .map(({ route }) => route)
      .sort(),
    ['eod', 'whoami'],
  );
});

long('the service says that it gets nothing where there are subscriptions and no key', async (context) => {
  const lake = await makeLake(context);
  const service = await startService(context, lake, {
    env: { GEXLAKE_SUBSCRIBE: JSON.stringify([{ tickers: ['SPX'] }]) },
  });
  await service.running.says(/nothing is fetched by itself: there are subscriptions, and no key/);
});
