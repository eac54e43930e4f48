import assert from 'node:assert/strict';
import { suite } from 'node:test';
import { faultKinds, parseFault, type Fault } from '../../src/sample-vendor/sample-vendor.ts';
import { ask, download, evening, friday, pathOf, said, sign, sourceOf, startAt, statusOf } from './asking.ts';
import { long, test } from '../support/shares.ts';

const once = (kind: Fault['kind'], more: Partial<Fault> = {}): Fault => ({ kind, times: 1, ...more });

suite('faults of the API', () => {
  test('a refusal in disguise, throttling and a busy server pass; a pool that is used up is so until the next day', async () => {
    const vendor = await startAt(evening);
    const url = pathOf(friday);
    for (const [kind, status] of [
      ['denied', 403],
      ['throttled', 429],
      ['unavailable', 503],
    ] as const) {
      vendor.setFaults([once(kind)]);
      assert.deepEqual([await statusOf(vendor, url), await statusOf(vendor, url)], [status, 200], kind);
    }
    vendor.setFaults([once('reset')]);
    await assert.rejects(ask(vendor, url));
    vendor.setFaults([once('not-found')]);
    assert.deepEqual(await said(await ask(vendor, url)), { error: 'not found' });
    vendor.setFaults([once('pool')]);
    assert.deepEqual(await said(await ask(vendor, url)), { error: 'Rate limit exceeded.' });
    assert.equal(await statusOf(vendor, pathOf(friday, 'state/gex_one')), 429);
    vendor.advance(3 * 3_600_000);
    assert.equal(await statusOf(vendor, url), 200);
    assert.deepEqual(
      vendor.calls().map(({ status, fault }) => [status, fault]),
      [
        [403, 'denied'],
        [200, null],
        [429, 'throttled'],
        [200, null],
        [503, 'unavailable'],
        [200, null],
        [0, 'reset'],
        [200, 'not-found'],
        [429, 'pool'],
        [429, null],
        [200, null],
      ],
    );
  });

  test('what is late comes within the hour, what was never made does not come', async () => {
    const vendor = await startAt('2026-07-17T20:30:00-04:00', {
      faults: [
        { kind: 'late', category: 'gex_zero' },
        { kind: 'absent', category: 'gex_one' },
        { kind: 'yesterday', date: friday },
      ],
    });
    const paths = [pathOf(friday), pathOf(friday, 'classic/gex_one'), pathOf(friday, 'classic/gex_full')];
    const statuses = async () => Promise.all(paths.map(async (path) => statusOf(vendor, path)));
    assert.deepEqual(await statuses(), [404, 404, 200]);
    vendor.advance(3_600_000);
    assert.deepEqual(await statuses(), [200, 404, 200]);
    const late = await startAt('2026-07-17T18:04:00-04:00', { faults: [{ kind: 'yesterday', date: friday }] });
    const name = async () => (await ask(late, '/hist/eod/SPX')).headers.get('content-disposition');
    assert.match((await name()) ?? '', /2026-07-16/);
    late.advance(60_000);
    assert.match((await name()) ?? '', /2026-07-17/);
  });

  test('a bundle can lack a member, have a broken one, or be cut, and is whole when it is asked for again', async () => {
    const vendor = await startAt(evening);
    const get = async () => {
      const response = await ask(vendor, '/hist/eod/SPX');
      const bytes = Buffer.from(await response.arrayBuffer());
      return { length: bytes.length, entries: bytes.toString('latin1').split('PK\u0001\u0002').length - 1 };
    };
    const { length } = await get();
    vendor.setFaults([once('member-missing')]);
    assert.equal((await get()).entries, 14);
    vendor.setFaults([once('member-broken')]);
    const broken = await get();
    assert.ok(broken.entries === 15 && broken.length < length);
    vendor.setFaults([once('cut-zip')]);
    assert.equal((await get()).entries, 0);
    vendor.setFaults([once('cut', { category: 'eod' })]);
    await assert.rejects(get());
    assert.deepEqual(await get(), { length, entries: 15 });
    assert.deepEqual(
      vendor.calls().map(({ whole }) => whole),
      [true, false, false, false, false, true],
    );
    vendor.setFaults([once('throttled', { category: 'eod', date: friday })]);
    assert.equal(await statusOf(vendor, '/hist/eod/SPX'), 429);
    assert.equal(vendor.calls().at(-1)?.date, friday);
  });
});

suite('faults of the blob store', () => {
  test('a signature that expires in the middle ends the body, and opens nothing more', async () => {
    const vendor = await startAt(evening, { size: { form: 'plain' } });
    const url = await sign(vendor);
    vendor.setFaults([once('expired')]);
    await assert.rejects(download(url));
    assert.equal((await fetch(url)).status, 403);
    assert.deepEqual(await download(await sign(vendor)), await sourceOf(vendor));
    const blob = vendor.calls().filter(({ route }) => route === 'blob');
    assert.deepEqual(
      blob.map(({ status, whole }) => [status, whole]),
      [
        [200, false],
        [403, false],
        [200, true],
      ],
    );
  });

  test('a body can be cut, be shorter than the file with no sign of it, or not come at all', async () => {
    const vendor = await startAt(evening, { size: { form: 'plain' } });
    const url = await sign(vendor);
    const json = await sourceOf(vendor);
    vendor.setFaults([once('cut'), once('reset')]);
    await assert.rejects(download(url));
    await assert.rejects(download(url));
    vendor.setFaults([once('wrong-length')]);
    const short = await fetch(url);
    assert.deepEqual(Buffer.from(await short.arrayBuffer()), json.subarray(0, json.length >> 1));
    vendor.setFaults([once('unavailable')]);
    assert.equal((await fetch(url)).status, 503);
    vendor.setFaults([{ kind: 'blob-down' }]);
    await assert.rejects(download(url));
    assert.deepEqual(await download(url.replace(vendor.blobUrl, vendor.fallbackUrl)), json);
  });

  test('a session is told differently after a day, under the same name', async () => {
    const vendor = await startAt(evening, {
      size: { form: 'plain' },
      faults: [{ kind: 'restated', category: 'gex_zero' }],
    });
    const before = [await download(await sign(vendor)), await download(await sign(vendor, friday, 'classic/gex_one'))];
    vendor.advance(26 * 3_600_000);
    const after = [await download(await sign(vendor)), await download(await sign(vendor, friday, 'classic/gex_one'))];
    assert.notDeepEqual(after[0], before[0]);
    assert.deepEqual(after[1], before[1]);
    assert.deepEqual(after[0], await sourceOf(vendor));
  });

  long('bytes come no faster than the link is', async () => {
    const vendor = await startAt(evening, {
      size: { form: 'plain' },
      slow_bytes_s: 10_000,
      faults: [{ kind: 'slow' }],
    });
    const url = await sign(vendor);
    const begun = performance.now();
    const { length } = await download(url);
    // No upper bound: a busy machine takes as long as it takes. A link that was idle gives away 250 ms.
    const least_ms = (length / 10_000) * 1_000 - 300;
    assert.ok(least_ms > 500);
    assert.ok(performance.now() - begun >= least_ms);
  });
});

suite('the draw of faults', () => {
  test('is the same for the same seed, and as frequent as it was asked for', async () => {
    const tries = async (seed: number) => {
      const vendor = await startAt(evening, { seed, faults: [parseFault('throttled=0.3')] });
      const statuses: number[] = [];
      for (let at = 0; at < 60; at += 1) statuses.push(await statusOf(vendor, pathOf(friday)));
      return statuses;
    };
    const [one, same, other] = [await tries(1), await tries(1), await tries(2)];
    assert.deepEqual(one, same);
    assert.notDeepEqual(one, other);
    const struck = one.filter((status) => status === 429).length;
    assert.ok(struck > 8 && struck < 30, String(struck));
  });

  test('a fault is a kind with a probability', () => {
    assert.deepEqual(parseFault('cut'), { kind: 'cut', probability: 1 });
    for (const kind of faultKinds) assert.equal(parseFault(`${kind}=0.25`).probability, 0.25);
    for (const text of ['nothing', 'cut=2', 'cut=', 'cut=-1', 'cut=x'])
      assert.throws(() => parseFault(text), { code: 'USAGE' });
  });
});
