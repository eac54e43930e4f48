import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderTable } from '../../src/cli/table.ts';

const columns = [
  { title: 'JOB', shrinks: true, least: 10 },
  { title: 'STATUS' },
  { title: 'ROWS', right: true, optional: true },
  { title: 'SOURCE', shrinks: true },
];
const rows = [
  ['01a208a6df8f72b09a2d671d6f40695a', 'completed', '2,766', '/data/2026-02-25_SPX_state_gex_zero.json'],
  ['01a208a6df8f72b09a2d671d6f40695b', 'failed', '', 'SOURCE_NOT_FOUND'],
];
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

test('without a terminal nothing is cut', () => {
  assert.equal(
    renderTable(columns, rows, null),
    [
      'JOB                               STATUS      ROWS  SOURCE',
      '01a208a6df8f72b09a2d671d6f40695a  completed  2,766  /data/2026-02-25_SPX_state_gex_zero.json',
      '01a208a6df8f72b09a2d671d6f40695b  failed            SOURCE_NOT_FOUND',
    ].join('\n'),
  );
});

test('the widest column that may shrink gives way first', () => {
  assert.equal(
    renderTable(columns, rows, 70),
    [
      'JOB                        STATUS      ROWS  SOURCE',
      '01a208a6df8f72b09a2d671d…  completed  2,766  /data/2026-02-25_SPX_sta…',
      '01a208a6df8f72b09a2d671d…  failed            SOURCE_NOT_FOUND',
    ].join('\n'),
  );
});

test('optional columns go where shrinking alone is not enough', () => {
  assert.equal(
    renderTable(columns, rows, 34),
    ['JOB         STATUS     SOURCE', '01a208a6d…  completed  /data/2026…', '01a208a6d…  failed     SOURCE_NOT…'].join(
      '\n',
    ),
  );
});

test('a table never is wider than the terminal', () => {
  for (let width = 1; width <= 100; width++) assert.ok(widest(renderTable(columns, rows, width)) <= width, `${width}`);
});

test('control characters cannot reach the terminal', () => {
  assert.equal(renderTable([{ title: 'X' }], [['a\u001B[31m\nb']], null), 'X\na [31m b');
});
