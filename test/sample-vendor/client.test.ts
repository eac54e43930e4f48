import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { limits } from '../../src/core/limits.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import type { Fault, SampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { openVendor } from '../../src/vendor/vendor.ts';
import { jumpingClock, memorySink } from '../source/fetcher.ts';
import { shareOf, test } from '../support/shares.ts';
import { evening, friday, quant, sourceOf, startAt } from './asking.ts';

function clientOf(standin: SampleVendor) {
  return openVendor({
    settings: { url: standin.apiUrl, key: quant, fallback_host: standin.fallbackUrl, pace_ms: 0 },
    policy: sourcePolicy([standin.blobUrl, standin.fallbackUrl], false),
    limits,
    clock: jumpingClock(),
    pace: async () => undefined,
  });
}

const file = { kind: 'hist', ticker: 'SPX', endpoint: parseEndpoint('gex_zero'), date: friday } as const;

/** What one of each befalls a download, and gexlake gets over by itself. */
const befalling: Readonly<Record<string, readonly Fault[]>> = {
  nothing: [],
  'a signature that expires in the middle': [{ kind: 'expired', times: 1 }],
  'a cut': [{ kind: 'cut', times: 1 }],
  'a reset': [{ kind: 'reset', times: 1, date: friday }],
  'a length that is wrong': [{ kind: 'wrong-length', times: 1 }],
  'a busy store': [{ kind: 'unavailable', times: 1 }],
  'a refusal in disguise': [{ kind: 'denied', times: 1 }],
  'all of them': (['expired', 'cut', 'wrong-length', 'denied'] as const).map((kind) => ({ kind, times: 1 })),
};

suite('gexlake’s own client at the stand-in', () => {
  for (const [what, faults] of Object.entries(shareOf(4, befalling)))
    test(`downloads a session over ${what}`, async () => {
      const standin = await startAt(evening, { faults, size: { form: 'plain' } });
      const sink = memorySink();
      await clientOf(standin)
        .open(file)
        .transferInto(sink, () => undefined);
      assert.deepEqual(sink.bytes(), await sourceOf(standin));
      assert.deepEqual(
        new Set(standin.calls().flatMap(({ fault }) => fault ?? [])),
        new Set(faults.map(({ kind }) => kind)),
      );
    });

  test('understands what it is told of a key, of tickers, categories and a bundle', async () => {
    const standin = await startAt(evening);
    const client = clientOf(standin);
    const account = await client.whoami();
    assert.deepEqual([account.tier, account.hist, account.eod, account.endpoints?.length], ['quant', true, true, 15]);
    assert.deepEqual(await client.tickers(), { stocks: [], indexes: ['SPX'], futures: ['NQ_NDX'] });
    assert.deepEqual(await client.categories('orderflow'), ['orderflow']);
    const sink = memorySink();
    await client.bundle({ ticker: 'SPX', date: friday }, { sink, onBytes: () => undefined });
    assert.equal(sink.bytes().subarray(0, 2).toString(), 'PK');
    assert.equal(standin.calls().at(-1)?.whole, true);
  });
});
