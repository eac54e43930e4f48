import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { createHash } from 'node:crypto';
import { download, evening, friday, pathOf, sign, startAt, statusOf } from './asking.ts';
import { test } from '../support/shares.ts';

suite('/_control', () => {
  test('tells calls, and sets clock, faults and sessions from another process', async () => {
    const vendor = await startAt(evening);
    const control = async (what: string, body?: object) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${vendor.apiUrl.replace(/v2$/, '_control/')}${what}`, init);
      return [response.status, await response.json()];
    };
    const now = new Date(evening);
    assert.deepEqual(await control('clock'), [200, { now: now.toISOString() }]);
    assert.deepEqual(await control('clock', { ms: 60_000 }), [
      200,
      { now: new Date(now.getTime() + 60_000).toISOString() },
    ]);
    const faults = [{ kind: 'denied', times: 1, ticker: 'SPX' }];
    assert.deepEqual(await control('faults', { faults }), [200, faults]);
    assert.deepEqual([await statusOf(vendor, pathOf(friday)), await statusOf(vendor, pathOf(friday))], [403, 200]);
    const md5 = async () =>
      createHash('md5')
        .update(await download(await sign(vendor)))
        .digest('hex');
    const before = await md5();
    assert.equal((await control('restate', { ticker: 'SPX', category: 'gex_zero', date: friday }))[0], 200);
    assert.notEqual(await md5(), before);
    assert.deepEqual(await control('calls'), [200, vendor.calls()]);
    for (const wrong of [{ faults: [{ kind: 'nothing' }] }, { faults: 1 }, {}])
      assert.equal((await control('faults', wrong))[0], 400);
    assert.equal((await control('clock', { ms: -1 }))[0], 400);
    assert.equal((await control('nothing'))[0], 404);
  });
});
