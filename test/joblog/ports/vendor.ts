import assert from 'node:assert/strict';
import type { CallMade } from '../../../src/joblog/joblog.ts';
import { only } from '../../support/gexlake.ts';
import { day, holder, other, type Demands } from './made.ts';

const call: CallMade = {
  source: `gexbot:hist/SPX/classic/gex_zero/${day}`,
  ticker: 'SPX',
  endpoint: 'gex_zero',
  session_date: day,
  answer: 'not_published',
  http_status: 404,
  detail: 'not there yet',
  ask_again_at: '2025-10-22T22:00:00.000Z',
  wire_bytes: null,
  took_ms: null,
};

/** What every `VendorLog` does. */
export const vendor: Demands = {
  'a source that is asked for again keeps one row, and what came once stays known': async (log) => {
    assert.deepEqual(await log.vendor.calls(), []);
    await log.vendor.noteCalls([call]);
    const first = only(await log.vendor.calls());
    assert.deepEqual([first.answer, first.calls, first.ask_again_at], ['not_published', 1, call.ask_again_at]);
    await log.vendor.noteCalls([
      { ...call, answer: 'given', http_status: 200, detail: null, ask_again_at: null, wire_bytes: 7, took_ms: 5 },
    ]);
    await log.vendor.noteCalls([{ ...call, answer: 'throttled', http_status: 429 }]);
    const { answer, calls, first_asked_at, wire_bytes, took_ms } = only(await log.vendor.calls());
    assert.deepEqual(
      [answer, calls, first_asked_at, wire_bytes, took_ms],
      ['throttled', 3, first.first_asked_at, 7, 5],
    );
  },

  'calls are found by ticker and session': async (log) => {
    const bundle = { ...call, source: `gexbot:eod/NQ_NDX/2025-10-23`, ticker: 'NQ_NDX', endpoint: null };
    await log.vendor.noteCalls([call, { ...bundle, session_date: '2025-10-23' }]);
    const found = async (filter: object) => (await log.vendor.calls(filter)).map(({ ticker }) => ticker);
    assert.deepEqual(await found({ ticker: 'SPX' }), ['SPX']);
    assert.deepEqual(await found({ from: '2025-10-23' }), ['NQ_NDX']);
    assert.deepEqual(await found({ to: day }), ['SPX']);
  },

  'a duty is one process’s, until that is gone or gives it back': async (log) => {
    const take = (owner: string, isGone: boolean) => log.vendor.takeDuty('fetch', { owner, isFree: () => isGone });
    assert.equal(await log.vendor.duty('fetch'), null);
    assert.equal(await take(holder.owner, false), true);
    assert.equal(await take(holder.owner, false), true);
    assert.equal(await take(other.owner, false), false);
    assert.equal(await take(other.owner, true), true);
    assert.equal(await take(holder.owner, false), false);
    await log.vendor.releaseDuty('fetch', holder.owner);
    assert.equal((await log.vendor.duty('fetch'))?.owner, other.owner);
    await log.vendor.releaseDuty('fetch', other.owner);
    assert.equal(await log.vendor.duty('fetch'), null);
  },
};
