import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { fromBuffer } from 'yauzl';
import type { SampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { ask, classic, evening, quant, sourceOf, startAt, statusOf } from './asking.ts';
import { test } from '../support/shares.ts';

async function membersOf(bytes: Buffer): Promise<Map<string, Buffer>> {
  const { promise, resolve, reject } = Promise.withResolvers<Map<string, Buffer>>();
  const members = new Map<string, Buffer>();
  fromBuffer(bytes, { lazyEntries: true, strictFileNames: true }, (error, zip) => {
    if (error !== null) {
      reject(error);
      return;
    }
    zip.on('error', reject);
    zip.on('end', () => resolve(members));
    zip.on('entry', (entry: Parameters<typeof zip.openReadStream>[0]) => {
      zip.openReadStream(entry, (_failed, stream) => {
        buffer(stream)
          .then((content) => {
            members.set(entry.fileName, content);
            zip.readEntry();
          })
          .catch(reject);
      });
    });
    zip.readEntry();
  });
  return promise;
}

async function bundle(vendor: SampleVendor, key = quant) {
  const response = await ask(vendor, '/hist/eod/SPX?date=2026-07-01', key);
  return {
    name: /filename=(.+)$/.exec(response.headers.get('content-disposition') ?? '')?.[1],
    members: await membersOf(Buffer.from(await response.arrayBuffer())),
  };
}

suite('the end-of-day bundle', () => {
  test('has every category that the key may have, each as its own file', async () => {
    const vendor = await startAt(evening);
    const { name, members } = await bundle(vendor);
    assert.equal(name, 'eod_report_SPX_2026-07-17.zip');
    assert.equal(members.size, 15);
    const member = members.get('SPX/state/gamma_zero/2026-07-17_SPX_state_gamma_zero.json.gz');
    const plain = member?.[0] === 0x1f ? gunzipSync(member) : member;
    assert.deepEqual(plain, await sourceOf(vendor, '2026-07-17', 'state_gamma_zero'));
    const few = await bundle(vendor, classic);
    assert.deepEqual(
      [...few.members.keys()].map((path) => path.split('/').slice(0, 3).join('/')),
      ['SPX/classic/gex_full', 'SPX/classic/gex_zero', 'SPX/classic/gex_one'],
    );
    assert.equal(await statusOf(vendor, '/hist/eod/AAPL'), 404);
  });

  test('is the session’s before until 17:05 New York, over weekends, holidays and the change of the clocks', async () => {
    const named = async (now: string) =>
      (await bundle(await startAt(now))).name?.slice('eod_report_SPX_'.length, -'.zip'.length);
    assert.equal(await named('2026-07-17T17:04:59-04:00'), '2026-07-16');
    assert.equal(await named('2026-07-17T17:05:00-04:00'), '2026-07-17');
    assert.equal(await named('2026-07-20T12:00:00-04:00'), '2026-07-17');
    // Independence Day is observed on Friday
    assert.equal(await named('2026-07-05T20:00:00-04:00'), '2026-07-02');
    // a half day
    assert.equal(await named('2026-11-27T17:04:00-05:00'), '2026-11-25');
    assert.equal(await named('2026-11-27T17:05:00-05:00'), '2026-11-27');
    // clocks went back on 1 November, forward on 8 March
    assert.equal(await named('2026-11-02T22:04:00Z'), '2026-10-30');
    assert.equal(await named('2026-11-02T22:05:00Z'), '2026-11-02');
    assert.equal(await named('2026-03-09T21:05:00Z'), '2026-03-09');
    const early = await startAt('2026-07-17T16:30:00-04:00', { schedule: { eod_minute: 16 * 60 + 30 } });
    assert.equal((await bundle(early)).name, 'eod_report_SPX_2026-07-17.zip');
    const none = await startAt(evening, { schedule: { first: '2026-07-20' } });
    assert.equal(await statusOf(none, '/hist/eod/SPX'), 404);
  });
});
