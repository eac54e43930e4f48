import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { FetchState } from '../../src/core/fetch-state.ts';
import type { Job } from '../../src/core/job.ts';
import type { VendorAnswer } from '../../src/core/vendor-answer.ts';
import type { FetchContext } from '../../src/fetch/context.ts';
import { FetchKeeper } from '../../src/fetch/fetch.ts';
import { sessionsBetween } from '../../src/fetch/schedule.ts';
import { parseDay } from '../../src/core/session.ts';
import { makeDataFolder } from '../../src/platform/folders.ts';
import {
  startSampleVendor,
  type SampleVendor,
  type SampleVendorOptions,
} from '../../src/sample-vendor/sample-vendor.ts';
import { makeLake, type Owner } from '../support/gexlake.ts';
import { deskAt, madeClock } from './desk.ts';
import { long } from '../support/shares.ts';

const classic = 'gexbot_custom_sample_classic';
const quant = 'gexbot_custom_sample_quant';

type Asked = {
  readonly start: string;
  readonly end: string;
  readonly key: string;
  readonly endpoints: readonly string[];
  readonly from?: string;
  readonly asleep?: readonly (readonly [string, string])[];
  readonly vendor?: SampleVendorOptions;
  readonly onAnswer?: (answer: VendorAnswer, vendor: SampleVendor) => void;
};

/** Lets what is subscribed to be got from a time to another, without importers; gives what came of it. */
async function keep(owner: Owner, asked: Asked) {
  const { start, end, key, endpoints, from = null, asleep = [] } = asked;
  const clock = madeClock(start, asleep);
  const vendor = await startSampleVendor({ clock, tickers: ['SPX'], pace: { spacing_ms: 0 }, ...asked.vendor });
  owner.after(vendor.close);
  const { folder } = await makeLake(owner);
  await makeDataFolder('stage:folder', folder);
  const context = deskAt(folder, clock, { vendor, key });
  const [answers, states, warnings]: [VendorAnswer[], FetchState[], string[]] = [[], [], []];
  const over = new AbortController();
  const sleep: typeof clock.sleep = async (delay_ms) => {
    await clock.sleep(delay_ms);
    if (clock.now_ms() >= Date.parse(end)) over.abort();
  };
  const keeper = new FetchKeeper(
    { ...context, clock: { ...clock, sleep } },
    {
      pairs: endpoints.map((endpoint) => ({ ticker: 'SPX', endpoint, from })),
      downloads: 2,
      lookAgain: null,
      onState: (state) => states.push(state),
      onAnswer: (answer) => {
        answers.push(answer);
        asked.onAnswer?.(answer, vendor);
      },
      onWarning: (message) => warnings.push(message),
    },
  );
  await keeper.run(over.signal, over.signal);
  return { context, vendor, answers, states, warnings, jobs: await jobsOf(context) };
}

async function jobsOf({ log }: FetchContext): Promise<Job[]> {
  return log.jobs.list({ limit: 10_000 });
}

const sessionsOf = (jobs: readonly Job[]) =>
  jobs.map(({ endpoint, session_date }) => `${session_date} ${endpoint}`).sort();

function all(endpoints: readonly string[], first: string, last: string): string[] {
  return sessionsBetween(parseDay(first), parseDay(last))
    .flatMap((date) => endpoints.map((endpoint) => `${date} ${endpoint}`))
    .sort();
}

suite('fetching by itself', () => {
  long('gets the bundle of a day when it is out, also after yesterday’s, and asks no more then', async (owner) => {
    const endpoints = ['gex_full', 'gex_one', 'gex_zero'];
    const { jobs, answers, context, warnings, states } = await keep(owner, {
      start: '2026-07-16T17:00:00-04:00',
      end: '2026-07-16T23:00:00-04:00',
      key: classic,
      endpoints,
      from: '2026-07-15',
      vendor: { schedule: { eod_minute: 17 * 60 + 20 } },
    });
    assert.deepEqual(warnings, []);
    assert.deepEqual(sessionsOf(jobs), all(endpoints, '2026-07-15', '2026-07-16'));
    assert.ok(jobs.every(({ url }) => url.startsWith('gexbot:eod/SPX/2026-07-1')));
    assert.deepEqual(answers, ['given', 'yesterday', 'yesterday', 'given'], 'at 17:00, 17:05, 17:15 and 17:25');
    assert.equal(states.at(-1)?.state, 'idle');
    assert.equal(await context.log.vendor.duty('fetch'), null, 'given back');
  });

  long('reads no byte of a bundle whose name is of a day that is here', async (owner) => {
    const { jobs, answers, vendor, context } = await keep(owner, {
      start: '2026-07-16T17:00:00-04:00',
      end: '2026-07-16T18:00:00-04:00',
      key: classic,
      endpoints: ['gex_one', 'gex_zero'],
      from: '2026-07-15',
      vendor: { schedule: { eod_minute: 17 * 60 + 30 }, slow_bytes_s: 1024 },
      // So slow that who reads on and who does not can be told from each other by what was sent.
      onAnswer: (_, asked) => asked.setFaults([{ kind: 'slow', date: '2026-07-15', category: 'eod' }]),
    });
    assert.deepEqual(answers, ['given', 'yesterday', 'yesterday', 'yesterday', 'given']);
    const bundles = vendor.calls().filter(({ route }) => route === 'eod');
    assert.deepEqual(
      bundles.map(({ date, whole }) => [date, whole]),
      [
        ['2026-07-15', true],
        ['2026-07-15', false],
        ['2026-07-15', false],
        ['2026-07-15', false],
        ['2026-07-16', true],
      ],
      'of each day the body is sent once',
    );
    assert.equal(jobs.length, 4);
    const calls = await context.log.vendor.calls();
    assert.deepEqual(
      calls.map(({ session_date, answer, calls: count }) => [session_date, answer, count]),
      [
        ['2026-07-15', 'given', 1],
        ['2026-07-16', 'given', 4],
      ],
    );
  });

  long('gets single days in the evening, the oldest first, and what is not there the next hour', async (owner) => {
    const { jobs, vendor, answers } = await keep(owner, {
      start: '2026-07-17T19:30:00-04:00',
      end: '2026-07-17T22:00:00-04:00',
      key: quant,
      endpoints: ['gex_zero'],
      from: '2026-07-14',
      vendor: { faults: [{ kind: 'not-found', times: 1, date: '2026-07-15' }] },
    });
    assert.deepEqual(sessionsOf(jobs), all(['gex_zero'], '2026-07-14', '2026-07-17'));
    assert.deepEqual(
      vendor
        .calls()
        .flatMap(({ route, date }) => (route === 'hist' ? (date ?? '') : []))
        .sort(),
      ['2026-07-14', '2026-07-15', '2026-07-15', '2026-07-16', '2026-07-17'],
    );
    assert.equal(answers.filter((answer) => answer === 'not_published').length, 1);
  });

  long('waits for a pool that is used up, and goes on', async (owner) => {
    const { jobs, states } = await keep(owner, {
      start: '2026-07-17T09:00:00-04:00',
      end: '2026-07-18T02:00:00-04:00',
      key: quant,
      endpoints: ['gex_zero'],
      from: '2026-07-06',
      vendor: { pace: { spacing_ms: 0, day: 5, month: null } },
    });
    assert.deepEqual(sessionsOf(jobs), all(['gex_zero'], '2026-07-06', '2026-07-17'));
    assert.ok(states.some(({ state }) => state === 'paused'));
    assert.equal(new Set(jobs.map(({ url }) => url)).size, jobs.length, 'none twice');
  });

  long('has all that could be had of twenty days of bundles, asleep at five on some of them', async (owner) => {
    const endpoints = ['gex_full', 'gex_zero'];
    const { jobs } = await keep(owner, {
      start: '2026-10-19T09:00:00-04:00',
      end: '2026-11-16T09:00:00-05:00',
      key: classic,
      endpoints,
      from: '2026-10-19',
      asleep: [
        ['2026-10-21T16:55:00-04:00', '2026-10-22T08:00:00-04:00'],
        ['2026-10-30T16:55:00-04:00', '2026-11-02T16:50:00-05:00'],
        // Thursday’s bundle is replaced while it sleeps.
        ['2026-11-05T16:55:00-05:00', '2026-11-06T17:30:00-05:00'],
      ],
    });
    const lost = new Set(endpoints.map((endpoint) => `2026-11-05 ${endpoint}`));
    const had = all(endpoints, '2026-10-19', '2026-11-13').filter((session) => !lost.has(session));
    assert.deepEqual(sessionsOf(jobs), had);
  });
});
