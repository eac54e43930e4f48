import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/core/names.ts';
import { formatDay, parseDay } from '../../src/core/session.ts';
import { ask, evening, friday, pathOf, startAt } from './asking.ts';

test('all of 90 days can be had, each file once and at the pace', async () => {
  const standin = await startAt(evening, { pace: {} });
  for (let day = parseDay(friday); day >= parseDay(friday) - 91; day--) {
    for (const ticker of ['SPX', 'NQ_NDX'])
      await Promise.all(
        endpoints.map(async ({ package: pack, category }) => {
          const answer = await ask(standin, pathOf(formatDay(day), `${pack}/${category}`, ticker));
          const { url } = (await answer.json()) as { url?: string };
          if (url !== undefined) await (await fetch(url)).arrayBuffer();
        }),
      );
    standin.advance(1_000);
  }
  const calls = standin.calls();
  // 90 calendar days before that Friday, Memorial Day, Juneteenth and Independence Day aside
  const files = calls.filter(({ route, whole }) => route === 'blob' && whole);
  const names = new Set(files.map(({ ticker, category, date }) => `${ticker} ${category} ${date}`));
  assert.deepEqual([files.length, names.size], [62 * 2 * 15, 62 * 2 * 15]);
  assert.ok(calls.every(({ status }) => status !== 429));
});
