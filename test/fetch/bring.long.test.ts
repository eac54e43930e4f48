import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import { GexlakeError } from '../../src/core/errors.ts';
import type { FetchItem } from '../../src/core/fetch-plan.ts';
import { answerOf, callOf } from '../../src/fetch/answers.ts';
import { bring } from '../../src/fetch/bring.ts';
import { makeDataFolder } from '../../src/platform/folders.ts';
import { startSampleVendor, type SampleVendorOptions } from '../../src/sample-vendor/sample-vendor.ts';
import { aheadOf, listAhead, removeAhead } from '../../src/staging/staging.ts';
import { vendorSourceOf } from '../../src/core/vendor-source.ts';
import { openVendorSource } from '../../src/pipeline/vendor-bytes.ts';
import { memorySink } from '../source/fetcher.ts';
import { makeLake, type Owner } from '../support/gexlake.ts';
import { long } from '../support/shares.ts';
import { deskAt, madeClock } from './desk.ts';

async function desk(owner: Owner, start: string, options: SampleVendorOptions = {}) {
  const clock = madeClock(start);
  const vendor = await startSampleVendor({ clock, tickers: ['SPX'], pace: { spacing_ms: 0 }, ...options });
  owner.after(vendor.close);
  const { folder } = await makeLake(owner);
  await makeDataFolder('stage:folder', folder);
  const context = deskAt(folder, clock, { vendor, key: 'gexbot_custom_sample_quant' });
  const signal = new AbortController().signal;
  const how = { vendor: context.openVendor(signal), onBytes: () => undefined, signal, again: false };
  return { context, vendor, how };
}

function itemOf(source: string, endpoints: readonly string[]): FetchItem {
  const { ticker, date, kind } = vendorSourceOf(source) ?? assert.fail(source);
  const times = { due_at: `${date}T21:00:00.000Z`, lost_at: `${date}T23:00:00.000Z` };
  const of = { ticker, session_date: date, kind: kind === 'bundle' ? kind : ('hist' as const) };
  return { source, ...of, endpoints, ...times, calls: 0, bytes: null };
}

suite('an item of a plan', () => {
  for (const source of ['gexbot:hist/SPX/classic/gex_zero/2026-07-16', 'gexbot:eod/SPX/2026-07-16'])
    long(`that another process has had meanwhile is not downloaded again: ${source}`, async (owner) => {
      const { context, vendor, how } = await desk(owner, '2026-07-16T21:00:00-04:00');
      const item = itemOf(source, ['gex_zero']);
      const missingOf = () => ['gex_zero'];
      assert.equal((await bring(context, item, { ...how, missingOf })).answer, 'given');
      // Its job has imported it by now.
      await removeAhead(aheadOf(context.folder, vendorSourceOf(source) ?? assert.fail()));
      const calls = vendor.calls().length;
      const again = await bring(context, item, { ...how, missingOf });
      assert.deepEqual([again.answer, again.bytes, vendor.calls().length - calls], ['given', 0, 0]);
      // Whoever has planned it after that means it.
      await bring(context, { ...item, calls: 1 }, { ...how, missingOf });
      assert.ok(vendor.calls().length > calls);
    });

  long(
    'of which the bundle of the day before comes is asked for again, where that is imported and gone',
    async (owner) => {
      const { context, how } = await desk(owner, '2026-07-17T17:10:00-04:00', { faults: [{ kind: 'yesterday' }] });
      const item = itemOf('gexbot:eod/SPX/2026-07-17', ['gex_zero']);
      const brought = await bring(context, item, { ...how, missingOf: () => [] });
      assert.deepEqual([brought.answer, brought.bytes], ['yesterday', 0]);
      const [call] = await context.log.vendor.calls();
      assert.deepEqual([call?.source, call?.answer], [item.source, 'yesterday']);
    },
  );

  long(
    'of which a bundle of a later day comes than it is yet stays asked for, and nothing of it is kept',
    async (owner) => {
      const { context, how } = await desk(owner, '2026-07-17T18:00:00-04:00', {
        clock: madeClock('2026-07-20T18:00:00-04:00'),
      });
      const item = itemOf('gexbot:eod/SPX/2026-07-17', ['gex_zero']);
      const brought = await bring(context, item, { ...how, missingOf: () => ['gex_zero'] });
      assert.equal(brought.answer, 'odd', brought.detail ?? '');
      assert.notEqual(brought.ask_again_at, null);
      assert.deepEqual([await listAhead(context.folder), brought.jobs], [[], []]);
    },
  );

  long('is downloaded by its job where another job has taken it away meanwhile', async (owner) => {
    const { context, how } = await desk(owner, '2026-07-16T21:00:00-04:00');
    const source = vendorSourceOf('gexbot:hist/SPX/classic/gex_zero/2026-07-16');
    assert.equal(source?.kind, 'hist');
    const item = itemOf('gexbot:hist/SPX/classic/gex_zero/2026-07-16', ['gex_zero']);
    await bring(context, item, { ...how, missingOf: () => [] });
    const opened = await openVendorSource({ ...context, vendor: how.vendor }, source, context.folder.work);
    await removeAhead(aheadOf(context.folder, source));
    const sink = memorySink();
    const came = await opened.transferInto(sink, () => undefined);
    assert.ok(sink.bytes().byteLength > 0);
    assert.equal(sink.bytes().byteLength, came.wire_bytes);
  });

  long('whose link leads astray, or whose body does not end, stops no other', async () => {
    const said = (code: ErrorCode) => answerOf(new GexlakeError(code, 'why'));
    assert.deepEqual([said('SOURCE_NOT_ALLOWED'), said('SOURCE_TOO_LARGE')], ['odd', 'odd']);
    assert.equal(said('SOURCE_CHANGED'), 'unreachable');
    assert.equal(said('DISK_FULL'), null);
    const source = vendorSourceOf('gexbot:hist/SPX/classic/gex_zero/2026-07-16');
    assert.equal(source?.kind, 'hist');
    const error = new GexlakeError('SOURCE_NOT_ALLOWED', 'it leads astray', { hint: 'Add it.' });
    assert.equal(callOf(source, { answer: 'odd', now_ms: 0, calls: 0, error }).detail, 'it leads astray. Add it.');
  });
});
