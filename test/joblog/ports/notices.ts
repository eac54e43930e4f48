import assert from 'node:assert/strict';
import type { Matter } from '../../../src/core/notices.ts';
import { only } from '../../support/gexlake.ts';
import type { Demands } from './made.ts';

const low: Matter = { matter: 'disk_low', kind: 'disk_low', title: 'The disk is full', text: 'Soon.', isFinal: false };
const lost: Matter = { matter: 'day_lost:2025-10-22', kind: 'day_lost', title: 'Lost', text: 'A day.', isFinal: true };

/** What every `NoticeLog` does. */
export const notices: Demands = {
  'a matter is noted once as long as it is so, and anew when it is so again': async (log) => {
    await log.notices.settle([low], []);
    await log.notices.settle([low], []);
    const first = only(await log.notices.open());
    assert.deepEqual([first.matter, first.final, first.cleared_at, first.told], ['disk_low', false, null, []]);
    await log.notices.settle([], [first]);
    assert.deepEqual(await log.notices.open(), []);
    await log.notices.settle([low], []);
    assert.equal((await log.notices.list(9)).length, 2);
  },

  'what is final is noted once and for ever': async (log) => {
    await log.notices.settle([lost], []);
    await log.notices.settle([lost], []);
    assert.equal(only(await log.notices.list(9)).final, true);
  },

  'who was told is noted once, of the matter and of its end': async (log) => {
    await log.notices.settle([low], []);
    const notice = only(await log.notices.open());
    await log.notices.told(notice, { state: 'raised', target: 'a' });
    await log.notices.told(notice, { state: 'raised', target: 'a' });
    await log.notices.told(notice, { state: 'raised', target: 'b' });
    await log.notices.settle([], [only(await log.notices.open())]);
    await log.notices.told(notice, { state: 'cleared', target: 'b' });
    const { told, told_all_clear, raised_at, cleared_at } = only(await log.notices.since(notice.raised_at));
    assert.deepEqual([told, told_all_clear, raised_at], [['a', 'b'], ['b'], notice.raised_at]);
    assert.ok(cleared_at !== null);
  },
};
