import assert from 'node:assert/strict';
import type { Notice } from '../../src/core/notices.ts';
import { answeredKinds, mattersOf, type Facts } from '../../src/notify/matters.ts';
import { settle, untold } from '../../src/notify/settle.ts';
import { targetId } from '../../src/notify/targets.ts';
import { test } from '../support/shares.ts';

const nothing: Facts = { atRisk: null, lost: null, failing: null, restated: null, disk: null, verified: null };
const missing = { session_date: '2026-08-30', ticker: 'SPX', endpoint: 'classic_gex_zero', days_left: 3 };
const slack = { url: 'https://hooks.slack.com/services/T1/B1/x', form: 'slack', kinds: null } as const;
const phone = { url: 'https://ntfy.sh/desk', form: 'ntfy', kinds: ['day_lost'] } as const;

function noticeOf(facts: Facts, more: Partial<Notice> = {}): Notice {
  const [matter] = mattersOf(facts);
  assert.ok(matter !== undefined);
  const { isFinal, ...rest } = matter;
  const raised_at = '2026-11-25T22:00:00.000Z';
  return { ...rest, final: isFinal, raised_at, cleared_at: null, told: [], told_all_clear: [], ...more };
}

test('a day is one matter, however many of its files are missing, and says how long there is left', () => {
  const rows = [missing, { ...missing, ticker: 'NDX', days_left: 0 }, { ...missing, session_date: '2026-08-31' }];
  const found = mattersOf({ ...nothing, atRisk: rows });
  assert.deepEqual(
    found.map(({ matter }) => matter),
    ['day_at_risk:2026-08-30', 'day_at_risk:2026-08-31'],
  );
  assert.match(found[0]?.title ?? '', /today is the last day/);
  assert.match(found[0]?.text ?? '', /2 files \(SPX, NDX\)/);
});

test('what stays so is raised once, and is over when somebody has looked and it is not so', () => {
  const facts = { ...nothing, atRisk: [missing] };
  const open = noticeOf(facts);
  assert.deepEqual(settle([open], mattersOf(facts), answeredKinds(facts)), { raised: [], cleared: [] });
  const well = { ...nothing, atRisk: [] };
  assert.deepEqual(settle([open], mattersOf(well), answeredKinds(well)).cleared, [open]);
  assert.deepEqual(settle([open], mattersOf(nothing), answeredKinds(nothing)).cleared, [], 'nobody has looked');
});

test('what is lost is never over', () => {
  const facts = { ...nothing, lost: [missing] };
  const later = { ...nothing, lost: [], atRisk: [] };
  assert.deepEqual(settle([noticeOf(facts)], mattersOf(later), answeredKinds(later)), { raised: [], cleared: [] });
});

test('each target is told once what it wants to hear, and of the end where it has heard of the matter', () => {
  const facts = { ...nothing, atRisk: [missing] };
  const [heard, ended] = [targetId(slack), '2026-11-25T23:00:00.000Z'];
  const toTell = (more: Partial<Notice>) =>
    untold([noticeOf(facts, more)], [slack, phone]).map(({ state, target }) => [state, target.form]);
  assert.deepEqual(toTell({}), [['raised', 'slack']]);
  assert.deepEqual(toTell({ told: [heard] }), []);
  assert.deepEqual(toTell({ told: [heard], cleared_at: ended }), [['cleared', 'slack']]);
  assert.deepEqual(toTell({ told: [heard], cleared_at: ended, told_all_clear: [heard] }), []);
  assert.deepEqual(toTell({ cleared_at: ended }), [], 'over before anybody heard of it');
});

test('a day that was at risk and is lost gets no all-clear', () => {
  const told = [targetId(slack)];
  const over = noticeOf({ ...nothing, atRisk: [missing] }, { told, cleared_at: '2026-11-29T05:00:00.000Z' });
  const toTell = (lost: Partial<typeof missing>) =>
    untold([over, noticeOf({ ...nothing, lost: [{ ...missing, ...lost }] })], [slack]).map(
      ({ notice, state }) => `${notice.matter} ${state}`,
    );
  assert.deepEqual(toTell({}), ['day_lost:2026-08-30 raised']);
  assert.deepEqual(toTell({ session_date: '2026-08-27' }), [
    'day_at_risk:2026-08-30 cleared',
    'day_lost:2026-08-27 raised',
  ]);
});

test('disk and verification are told by their figures', () => {
  const low = mattersOf({ ...nothing, disk: { free_bytes: 2e9, least_bytes: 10e9 } });
  assert.equal(low[0]?.title, 'The disk has 2.0 GB left');
  assert.deepEqual(mattersOf({ ...nothing, disk: { free_bytes: 12e9, least_bytes: 10e9 } }), []);
  const bad = mattersOf({ ...nothing, verified: { problems: 1, first: 'a file is gone' } });
  assert.deepEqual([bad[0]?.title, bad[0]?.text.startsWith('a file is gone')], ['Verifying found 1 problem', true]);
});
