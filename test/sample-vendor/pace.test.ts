import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { ask, classic, evening, friday, pathOf, said, sign, startAt, statusOf } from './asking.ts';
import { test } from '../support/shares.ts';

suite('pace and pools', () => {
  test('one call a second of each ticker and category; what is refused counts for nothing', async () => {
    const vendor = await startAt(evening, { pace: {} });
    const zero = pathOf(friday);
    assert.deepEqual([await statusOf(vendor, zero), await statusOf(vendor, zero)], [200, 429]);
    assert.deepEqual(await said(await ask(vendor, zero)), { error: 'Rate limit exceeded.' });
    assert.equal(await statusOf(vendor, pathOf(friday, 'classic/gex_one')), 200);
    assert.equal(await statusOf(vendor, pathOf(friday, 'classic/gex_zero', 'NQ_NDX')), 200);
    assert.equal(await statusOf(vendor, '/hist/eod/SPX'), 200);
    vendor.advance(999);
    assert.equal(await statusOf(vendor, zero), 429);
    vendor.advance(1);
    assert.equal(await statusOf(vendor, zero), 200);
  });

  test('a pool of the day is full again at midnight in New York, one of the month on its first day', async () => {
    const vendor = await startAt('2026-07-30T21:00:00-04:00', { pace: { spacing_ms: 0, day: 2, month: 3 } });
    const call = () => statusOf(vendor, pathOf(friday));
    assert.deepEqual([await call(), await call(), await call()], [200, 200, 429]);
    assert.equal(await statusOf(vendor, '/hist/eod/SPX', classic), 200);
    vendor.advance(3 * 3_600_000);
    assert.deepEqual([await call(), await call()], [200, 429]);
    vendor.advance(24 * 3_600_000);
    assert.deepEqual([await call(), await call(), await call()], [200, 200, 429]);
  });

  test('calls are told with what they were about, when they came and how much of a file was sent', async () => {
    const vendor = await startAt(evening, { size: { form: 'plain' } });
    const url = await sign(vendor);
    vendor.advance(5_000);
    const { length } = await fetch(url, { headers: { range: 'bytes=1000-' } }).then(async (got) => got.text());
    const [hist, blob] = vendor.calls();
    const about = { ticker: 'SPX', category: 'gex_zero', date: friday, fault: null, method: 'GET' };
    const at_ms = Date.parse(evening);
    assert.deepEqual(
      { ...hist, sent_bytes: 0 },
      {
        ...about,
        route: 'hist',
        at_ms,
        tier: 'quant',
        status: 200,
        from: 0,
        sent_bytes: 0,
        whole: true,
      },
    );
    assert.deepEqual(blob, {
      ...about,
      route: 'blob',
      at_ms: at_ms + 5_000,
      tier: null,
      status: 206,
      from: 1_000,
      sent_bytes: length,
      whole: true,
    });
  });
});
