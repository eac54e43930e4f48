import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { VendorAnswer } from '../../src/core/vendor-answer.ts';
import type { VendorCall } from '../../src/core/vendor-call.ts';
import type { FetchFacts } from '../../src/fetch/facts.ts';
import { FetchKeeper } from '../../src/fetch/fetch.ts';
import { askableTonight } from '../../src/fetch/look-back.ts';
import { recheckSource } from '../../src/recheck/recheck.ts';
import { sourcePolicy } from '../../src/source/source.ts';
import { startSampleVendor } from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake } from '../support/gexlake.ts';
import { settingsFor } from '../vendor/at-standin.ts';
import { deskAt, madeClock } from './desk.ts';
import { long, test } from '../support/shares.ts';

const quant = 'gexbot_custom_sample_quant';
const days = ['2026-07-14', '2026-07-15', '2026-07-16', '2026-07-17'];
const sourceOf = (date: string) => `gexbot:hist/SPX/classic/gex_zero/${date}`;

suite('looking back at the last sessions', () => {
  long('asks the head of each once a night, reads one that differs, and lets missing days go first', async (owner) => {
    // The nights from Saturday and from Sunday on: the last three sessions are Wednesday to Friday.
    const clock = madeClock('2026-07-19T19:00:00-04:00');
    const vendor = await startSampleVendor({ clock, tickers: ['SPX'], pace: { spacing_ms: 0 } });
    owner.after(vendor.close);
    const lake = await makeLake(owner);
    const [monday = '', ...last] = days;
    const [missing = '', ...here] = last;
    await lake.json(['import', ...[monday, ...here].map(sourceOf)], { env: settingsFor(vendor) });
    vendor.restate({ ticker: 'SPX', category: 'gex_zero', date: '2026-07-17' });
    const before = vendor.calls().length;
    const context = deskAt(lake.folder, clock, { vendor, key: quant });
    const answers: VendorAnswer[] = [];
    const over = new AbortController();
    const sleep: typeof clock.sleep = async (delay_ms) => {
      await clock.sleep(delay_ms);
      if (clock.now_ms() >= Date.parse('2026-07-20T07:00:00-04:00')) over.abort();
    };
    const policy = sourcePolicy([vendor.blobUrl, vendor.fallbackUrl], true);
    const keeper = new FetchKeeper(
      { ...context, clock: { ...clock, sleep } },
      {
        pairs: [{ ticker: 'SPX', endpoint: 'gex_zero', from: monday }],
        downloads: 1,
        lookAgain: async (source, signal) => {
          const shop = { policy, vendor: context.openVendor(signal), signal };
          await recheckSource(context, shop, { source, flags: {} });
        },
        onState: () => undefined,
        onAnswer: (answer) => answers.push(answer),
        onWarning: (message) => assert.fail(message),
      },
    );
    await keeper.run(over.signal, over.signal);
    const rechecks = await context.log.rechecks.list(10);
    // Nobody waits between two of one night, so that the clock does not tell which came first.
    assert.deepEqual(
      rechecks.map(({ session_date, result }) => `${session_date} ${result}`).sort(),
      ['2026-07-16 same', '2026-07-16 same', '2026-07-17 restated', '2026-07-17 restated'],
      'of the night before, which is over at 20:00, and of this one',
    );
    assert.deepEqual(
      answers,
      Array.from({ length: 5 }, () => 'given'),
    );
    const calls = vendor.calls().slice(before);
    const first = calls.find(({ route }) => route === 'hist');
    assert.equal(first?.date, missing, 'what is missing comes first');
    const read = calls.filter(({ route, method }) => route === 'blob' && method === 'GET');
    assert.deepEqual(
      read.map(({ date }) => date),
      [missing, '2026-07-17', '2026-07-17'],
    );
    assert.equal(calls.filter(({ route }) => route === 'hist').length, 5, 'one call for each file and night');
  });

  test('waits for its time after a failure, and for the next night after any other answer', () => {
    const now_ms = Date.parse('2026-07-18T01:00:00-04:00');
    const asked = (
      date: string,
      answer: VendorAnswer,
      at: string,
      again: string | null,
    ): readonly [string, VendorCall] => [
      sourceOf(date),
      {
        source: sourceOf(date),
        ticker: 'SPX',
        endpoint: 'gex_zero',
        session_date: date,
        answer,
        http_status: null,
        detail: null,
        calls: 1,
        first_asked_at: at,
        last_asked_at: at,
        ask_again_at: again,
        wire_bytes: null,
        took_ms: null,
      },
    ];
    const askable = (calls: readonly (readonly [string, VendorCall])[], checked: readonly string[] = []) => {
      const facts: FetchFacts = {
        now_ms,
        pairs: [{ ticker: 'SPX', endpoint: 'gex_zero', from: null }],
        here: new Set(days.map((date) => `SPX gex_zero ${date}`)),
        jobs: new Map(),
        gone: new Map(),
        calls: new Map(calls),
        allowed: { endpoints: null, hist: true, eod: null },
      };
      return askableTonight(facts, new Set(checked)).map(({ date }) => date);
    };
    const [, ...last] = days;
    const [before, tonight, later] = ['2026-07-17T23:59:00Z', '2026-07-18T00:01:00Z', '2026-07-18T06:00:00Z'];
    assert.deepEqual(askable([asked('2026-07-15', 'given', before, null)]), last);
    assert.deepEqual(
      askable(
        [
          asked('2026-07-15', 'given', tonight, null),
          asked('2026-07-16', 'unreachable', tonight, later),
          asked('2026-07-17', 'unreachable', tonight, tonight),
        ],
        [],
      ),
      ['2026-07-17'],
    );
    assert.deepEqual(askable([asked('2026-07-15', 'odd', tonight, tonight)], [sourceOf('2026-07-17')]), ['2026-07-16']);
  });
});
