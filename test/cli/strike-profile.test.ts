import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderStrikeProfile } from '../../src/cli/strike-profile.ts';
import type { ProfileRow } from '../../src/cli/strike-profile.ts';

const rows: ProfileRow[] = [
  { strike: 6890, gex_vol: -26 },
  { strike: 6895, gex_vol: -12.8 },
  { strike: 6900, gex_vol: 41.35 },
  { strike: 6905, gex_vol: -2.68 },
  { strike: 6910, gex_vol: 0 },
  { strike: 6915, gex_vol: 160 },
  { strike: 6920, gex_vol: 0.01 },
];

function linesOf(text: string): string[] {
  return text.split('\n');
}

test('a profile looks like this', () => {
  const text = renderStrikeProfile(rows, 6904, { width: 60, height: 9, color: false });
  assert.deepEqual(linesOf(text), [
    'Gamma exposure, $ million per 1 % move, spot 6904           ',
    '  6920        │▏                                         0.0',
    '  6915        │███████████████████████████████████████ 160.0',
    '  6910        │                                          0.0',
    '▶ 6905       ▐┼                                         -2.7',
    '  6900        │██████████▏                              41.4',
    '  6895    ▕███│                                        -12.8',
    '  6890 ▐██████│                                        -26.0',
    '       -28.7  0                                  160.0      ',
  ]);
});

test('every line has exactly the width, with and without colour, for any size and magnitude', () => {
  for (const factor of [0, 0.001, 1, 12_345, -98_765_432]) {
    const scaled = rows.map(({ strike, gex_vol }) => ({ strike: strike + 0.21, gex_vol: gex_vol * factor }));
    for (const width of [1, 5, 16, 24, 40, 79, 80, 81, 120, 200]) {
      for (const height of [1, 3, 4, 9, 50]) {
        const plain = renderStrikeProfile(scaled, 6904, { width, height, color: false });
        const coloured = renderStrikeProfile(scaled, 6904, { width, height, color: true });
        assert.ok(linesOf(plain).every((line) => line.length === width));
        assert.ok(linesOf(plain).length <= Math.max(3, height));
        assert.equal(stripVTControlCharacters(coloured), plain);
      }
    }
  }
});

test('negative exposure is red and left of the axis, positive green and right of it', () => {
  const text = renderStrikeProfile(rows, 6904, { width: 60, height: 9, color: true });
  const red = linesOf(text).filter((line) => line.includes('\u001B[31m'));
  const green = linesOf(text).filter((line) => line.includes('\u001B[32m'));
  assert.equal(red.length, 3);
  assert.equal(green.length, 3);
  for (const line of red) assert.match(stripVTControlCharacters(line), /[█▐▕] *[│┼] /);
  for (const line of green) assert.match(stripVTControlCharacters(line), / [│┼][█▉▊▋▌▍▎▏]/);
});

test('without room for all, the strikes nearest to spot are shown, and spot is marked once', () => {
  const many = Array.from({ length: 99 }, (_, index) => ({ strike: 6_700 + index * 5, gex_vol: index - 50 }));
  for (const [spot, nearest, first, last] of [
    [6_942.4, 6_940, 6_915, 6_960],
    [1, 6_700, 6_700, 6_745],
    [9_999, 7_190, 7_145, 7_190],
  ] as const) {
    const lines = linesOf(renderStrikeProfile(many, spot, { width: 80, height: 12, color: false }));
    const strikes = lines.slice(1, -1).map((line) => Number(/\d+/.exec(line)?.[0]));
    assert.equal(strikes.length, 10);
    assert.deepEqual([strikes.at(-1), strikes[0]], [first, last]);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('▶')).map((line) => Number(/\d+/.exec(line)?.[0])),
      [nearest],
    );
  }
});

test('bars of both signs have one scale, and the longest one fills its side', () => {
  const pair = [
    { strike: 1, gex_vol: -100 },
    { strike: 2, gex_vol: 300 },
  ];
  const lines = linesOf(renderStrikeProfile(pair, 1, { width: 60, height: 9, color: false }));
  const lengths = lines.slice(1, 3).map((line) => line.split('█').length - 1);
  assert.ok(Math.abs((lengths[0] ?? 0) / (lengths[1] ?? 0) - 3) < 0.2, String(lengths));
  assert.match(lines[1] ?? '', /│█+[▏▎▍▌▋▊▉]? +300\.0$/);
});

test('rows may come in any order, be of one sign, or be missing', () => {
  const options = { width: 50, height: 9, color: false };
  assert.equal(renderStrikeProfile(rows.toReversed(), 6904, options), renderStrikeProfile(rows, 6904, options));
  const positive = renderStrikeProfile(
    rows.filter(({ gex_vol }) => gex_vol > 0),
    6904,
    options,
  );
  assert.doesNotMatch(positive, /-/);
  assert.match(renderStrikeProfile([], 6904, options), /no strikes/);
  const broken = [...rows, { strike: 6925, gex_vol: Number.NaN }];
  assert.equal(renderStrikeProfile(broken, 6904, options), renderStrikeProfile(rows, 6904, options));
});
