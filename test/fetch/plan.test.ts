import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { ErrorCode } from '../../src/core/errors.ts';
import type { FetchPlan } from '../../src/core/fetch-plan.ts';
import { endpoints as known } from '../../src/core/names.ts';
import type { Job } from '../../src/core/job.ts';
import type { VendorCall } from '../../src/core/vendor-call.ts';
import { sessionKey, type FetchFacts } from '../../src/fetch/facts.ts';
import { makePlan, type Asking } from '../../src/fetch/plan.ts';
import { test } from '../support/shares.ts';

/* Plans are about these: SPX, two endpoints, in the last week of January 2026. Times are New York's, five hours behind. */
const endpoints = ['gex_one', 'gex_zero'];
const monday = '2026-01-26';
const tuesday = '2026-01-27';
const at = (date: string, time: string) => Date.parse(`${date}T${time}:00-05:00`);

const quant = { endpoints: known.map(({ name }) => name), hist: true, eod: true };
const classic = { endpoints: ['gex_full', 'gex_zero', 'gex_one'], hist: false, eod: true };

const asking: Asking = { from: monday, to: null, again: false, isPatient: true };

function facts(now_ms: number, given: Partial<FetchFacts> = {}): FetchFacts {
  const pairs = endpoints.map((endpoint) => ({ ticker: 'SPX', endpoint, from: null }));
  const nothing = { here: new Set<string>(), jobs: new Map(), gone: new Map(), calls: new Map() };
  return { now_ms, pairs, ...nothing, allowed: quant, ...given };
}

const here = (...dates: readonly string[]) =>
  new Set(dates.flatMap((date) => endpoints.map((endpoint) => sessionKey('SPX', endpoint, date))));

function call(source: string, made: Partial<VendorCall>): [string, VendorCall] {
  const asked_at = new Date(at(tuesday, '18:00')).toISOString();
  const [, ticker = '', date = ''] = source.split('/');
  const row: VendorCall = {
    source,
    ticker,
    endpoint: null,
    session_date: date,
    answer: 'given',
    http_status: 200,
    detail: null,
    calls: 1,
    first_asked_at: asked_at,
    last_asked_at: asked_at,
    ask_again_at: null,
    wire_bytes: null,
    took_ms: null,
  };
  return [source, { ...row, ...made }];
}

function failed(code: ErrorCode): Job {
  const job: Partial<Job> = {
    id: 'f',
    status: 'failed',
    finished_at: new Date(at(tuesday, '18:10')).toISOString(),
    error: { code, message: '', hint: null },
  };
  return job as Job;
}

/** What a plan asks for, each with when, in New York's hours; what cannot be had with why. */
function told({ items, gaps }: FetchPlan): string[] {
  const time = (iso: string) => new Date(Date.parse(iso) - 5 * 3_600_000).toISOString().slice(5, 16);
  return [
    ...items.map(({ source, due_at }) => `${source.slice('gexbot:'.length)} ${time(due_at)}`),
    ...gaps.map(({ session_date, endpoint, reason }) => `${session_date} ${endpoint} ${reason}`),
  ];
}

const bundle = (date: string) => `gexbot:eod/SPX/${date}`;
const file = (endpoint: string, date: string) => `gexbot:hist/SPX/classic/${endpoint}/${date}`;

type Case = {
  readonly title: string;
  readonly given: FetchFacts;
  readonly asked?: Partial<Asking>;
  readonly plan: string[];
};

const cases: readonly Case[] = [
  {
    title: 'before 17:05 it is the session before that can be had, whatever day it is',
    given: facts(at(tuesday, '17:04')),
    plan: ['eod/SPX/2026-01-26 01-26T17:05'],
  },
  {
    title: 'from 17:05 the bundle of the day is soonest lost, and a session before comes file by file',
    given: facts(at(tuesday, '17:05')),
    plan: [
      'eod/SPX/2026-01-27 01-27T17:05',
      'hist/SPX/classic/gex_one/2026-01-26 01-26T20:00',
      'hist/SPX/classic/gex_zero/2026-01-26 01-26T20:00',
    ],
  },
  {
    title: 'a plan without single days has the last bundle, and hopes that the one before is still there',
    given: facts(at(tuesday, '17:05'), { allowed: classic }),
    plan: ['eod/SPX/2026-01-27 01-27T17:05'],
  },
  {
    title: 'and has lost the session before, once the bundle of the day is out',
    given: facts(at(tuesday, '18:05'), {
      allowed: classic,
      here: here(tuesday),
      calls: new Map([call(bundle(tuesday), {})]),
    }),
    plan: ['2026-01-26 gex_one bundle_gone', '2026-01-26 gex_zero bundle_gone'],
  },
  {
    title: 'one file alone is not worth a bundle',
    given: facts(at(tuesday, '17:05'), {
      here: new Set([...here(monday), sessionKey('SPX', 'gex_one', tuesday)]),
    }),
    plan: ['hist/SPX/classic/gex_zero/2026-01-27 01-27T20:00'],
  },
  {
    title: 'a bundle that is not out yet is asked for again when its time has come',
    given: facts(at(tuesday, '18:05'), {
      here: here(monday),
      calls: new Map([
        call(bundle(tuesday), { answer: 'yesterday', ask_again_at: new Date(at(tuesday, '18:10')).toISOString() }),
      ]),
    }),
    plan: ['eod/SPX/2026-01-27 01-27T18:10'],
  },
  {
    title: 'whoever asks in person does not wait',
    given: facts(at(tuesday, '18:05'), {
      here: here(monday),
      calls: new Map([
        call(bundle(tuesday), { answer: 'yesterday', ask_again_at: new Date(at(tuesday, '18:10')).toISOString() }),
      ]),
    }),
    asked: { isPatient: false },
    plan: ['eod/SPX/2026-01-27 01-27T17:05'],
  },
  {
    title: 'what the bundle did not bring comes file by file from 20:00 on',
    given: facts(at(tuesday, '20:00'), {
      here: here(monday),
      calls: new Map([call(bundle(tuesday), { answer: 'incomplete' })]),
    }),
    plan: ['hist/SPX/classic/gex_one/2026-01-27 01-27T20:00', 'hist/SPX/classic/gex_zero/2026-01-27 01-27T20:00'],
  },
  {
    title: 'what is not in the plan, withdrawn or purged is no longer asked for',
    given: facts(at(tuesday, '16:00'), {
      allowed: { ...quant, endpoints: ['gex_one'] },
      gone: new Map([[sessionKey('SPX', 'gex_one', monday), { how: 'purged', job_id: 'p' }]]),
    }),
    plan: ['2026-01-26 gex_one purged', '2026-01-26 gex_zero not_in_plan'],
  },
  {
    title: '--again gets what was purged',
    given: facts(at(tuesday, '16:00'), {
      here: new Set([sessionKey('SPX', 'gex_zero', monday)]),
      gone: new Map([[sessionKey('SPX', 'gex_one', monday), { how: 'purged', job_id: 'p' }]]),
    }),
    asked: { again: true },
    plan: ['hist/SPX/classic/gex_one/2026-01-26 01-26T20:00'],
  },
  {
    title: 'a file that could not be imported is got again half a day later, and three times in all',
    given: facts(at(tuesday, '20:30'), {
      here: here(monday),
      jobs: new Map([
        [sessionKey('SPX', 'gex_one', tuesday), failed('INPUT_NOT_JSON')],
        [sessionKey('SPX', 'gex_zero', tuesday), failed('INPUT_NOT_JSON')],
      ]),
      calls: new Map([
        call(bundle(tuesday), {}),
        call(file('gex_one', tuesday), {}),
        call(file('gex_zero', tuesday), { calls: 3 }),
      ]),
    }),
    plan: ['hist/SPX/classic/gex_one/2026-01-27 01-28T06:00', '2026-01-27 gex_zero failed'],
  },
  {
    title: 'a file that came and was not imported for another reason is got again ever later, up to six hours',
    given: facts(at(tuesday, '20:30'), {
      calls: new Map([
        call(bundle(tuesday), {}),
        call(file('gex_one', tuesday), { calls: 3 }),
        call(file('gex_zero', tuesday), { calls: 30 }),
      ]),
      here: here(monday),
    }),
    plan: ['hist/SPX/classic/gex_one/2026-01-27 01-27T22:00', 'hist/SPX/classic/gex_zero/2026-01-27 01-28T00:00'],
  },
  {
    title: 'a job that failed by the machine is tried again after some minutes',
    given: facts(at(tuesday, '20:30'), {
      here: new Set([...here(monday), sessionKey('SPX', 'gex_one', tuesday)]),
      jobs: new Map([[sessionKey('SPX', 'gex_zero', tuesday), failed('DISK_FULL')]]),
    }),
    plan: ['hist/SPX/classic/gex_zero/2026-01-27 01-27T20:00'],
  },
  {
    title: 'the last three sessions are looked back at in the night, whatever was answered',
    given: facts(at(tuesday, '20:30'), {
      here: new Set([...here(monday), sessionKey('SPX', 'gex_one', tuesday)]),
      calls: new Map([
        call(file('gex_zero', tuesday), {
          answer: 'absent',
          ask_again_at: new Date(at('2026-02-03', '18:00')).toISOString(),
        }),
      ]),
    }),
    plan: ['hist/SPX/classic/gex_zero/2026-01-27 01-27T20:00'],
  },
  {
    title: 'a half day has its hours, too, and a holiday is no session',
    given: facts(Date.parse('2026-11-28T12:00:00Z'), { allowed: classic }),
    asked: { from: '2026-11-26' },
    plan: ['eod/SPX/2026-11-27 11-27T17:05'],
  },
  {
    title: 'daylight saving moves the hours',
    given: facts(Date.parse('2026-03-09T21:05:00Z'), { allowed: classic }),
    asked: { from: '2026-03-09' },
    plan: ['eod/SPX/2026-03-09 03-09T16:05'],
  },
];

suite('a plan', () => {
  for (const { title, given, asked, plan } of cases)
    test(title, () => {
      assert.deepEqual(told(makePlan(given, { ...asking, ...asked })), plan);
    });

  test('counts every wanted session once, and the oldest comes first', () => {
    const jobs = new Map([[sessionKey('SPX', 'gex_zero', monday), { status: 'pending' } as Job]]);
    const given = facts(at(tuesday, '21:00'), { here: here('2025-12-01'), jobs });
    const { items, counts } = makePlan(given, { ...asking, from: '2025-10-01' });
    assert.deepEqual(
      items.slice(0, 3).map(({ kind, session_date }) => [kind, session_date]),
      [
        ['hist', '2025-10-29'],
        ['hist', '2025-10-29'],
        ['bundle', tuesday],
      ],
      'what is gone at midnight, then what is gone tomorrow at five',
    );
    const { wanted, here: present, under_way, due, later, gaps } = counts;
    assert.equal(wanted, present + under_way + due + later + gaps);
    assert.deepEqual([present, under_way, later], [2, 1, 0]);
    assert.ok(gaps > 0, 'what is older than that');
  });

  test('tells calls, bytes and time by what came before', () => {
    const calls = new Map([
      call(file('gex_zero', '2026-01-22'), { endpoint: 'gex_zero', wire_bytes: 1000, took_ms: 100 }),
      call(file('gex_zero', '2026-01-23'), { endpoint: 'gex_zero', wire_bytes: 3000, took_ms: 300 }),
    ]);
    const { calls: count, bytes, seconds } = makePlan(facts(at(tuesday, '16:00'), { calls }), asking);
    assert.deepEqual([count, bytes], [1, null]);
    assert.equal(seconds, null);
    const given = facts(at(tuesday, '16:00'), { calls, here: new Set([sessionKey('SPX', 'gex_one', monday)]) });
    const plan = makePlan(given, asking);
    assert.deepEqual([plan.calls, plan.bytes, plan.seconds], [1, 3000, 1]);
  });
});
