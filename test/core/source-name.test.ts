import assert from 'node:assert/strict';
import test from 'node:test';
import { GexlakeError } from '../../src/core/errors.ts';
import { contradictionsOf, dayOfName, endpoints, identifySource, vendorFileName } from '../../src/core/names.ts';

function identified(source: string, flags: Parameters<typeof identifySource>[1] = {}): string {
  try {
    const { ticker, endpoint, sessionDate } = identifySource(source, flags);
    return `${ticker} ${endpoint.name} ${sessionDate}`;
  } catch (error) {
    assert.ok(error instanceof GexlakeError);
    return error.code;
  }
}

for (const [source, expected] of [
  ['2025-10-22_NQ_NDX_classic_gex_zero.json.gz', 'NQ_NDX gex_zero 2025-10-22'],
  ['/a/20251114_SPX_classic_gex_zero.json', 'SPX gex_zero 2025-11-14'],
  ['2025_11_14_SPX_state_gamma_one.jsonl', 'SPX state_gamma_one 2025-11-14'],
  ['SPX_classic_gex_zero_2025-11-14.json', 'SPX gex_zero 2025-11-14'],
  ['SPX_classic_gex_zero-20251114.ndjson.zst', 'SPX gex_zero 2025-11-14'],
  ['NQ_NDX_2025-11-14_classic_gex_zero.json', 'NQ_NDX gex_zero 2025-11-14'],
  ['eod_2025-11-14_SPX_classic_gex_zero.json', 'SPX gex_zero 2025-11-14'],
  ['spx_classic_zero.json', 'SPX gex_zero null'],
  ['2025-10-22_SPX_classic_gex_zero (1).json', 'SPX gex_zero 2025-10-22'],
  ['2025-10-22_SPX_classic_gex_zero(2).json.gz', 'SPX gex_zero 2025-10-22'],
  ['2025-10-22_SPX_classic_gex_zero.json (1).gz', 'SPX gex_zero 2025-10-22'],
  ['2025-10-22_SPX_classic_gex_zero-1.json', 'SPX gex_zero 2025-10-22'],
  ['2025-10-22_SPX_classic_gex_zero - Copy (3).json', 'SPX gex_zero 2025-10-22'],
  ['2025-10-22_SPX_classic_gex_zero.json.1', 'SPX gex_zero 2025-10-22'],
  ['/data/2025-11-14/SPX/classic/gex_zero.jsonl', 'SPX gex_zero 2025-11-14'],
  ['/data/2025-11-14/NQ_NDX/orderflow/orderflow.ndjson.gz', 'NQ_NDX orderflow 2025-11-14'],
  ['/data/20251114/SPX/state/delta_zero.json.zst', 'SPX state_delta_zero 2025-11-14'],
  ['/data/SPX/2025-11-14/state_gamma_one.json.gz', 'SPX state_gamma_one 2025-11-14'],
  ['/data/2025-11-14/SPX/state_gamma_one.json.gz', 'SPX state_gamma_one 2025-11-14'],
  ['/data/SPX/classic/gex_zero/2025-11-14.json', 'SPX gex_zero 2025-11-14'],
  ['/data/SPX/2025-11-14_classic_gex_zero.json', 'SPX gex_zero 2025-11-14'],
  ['/data/SPX/classic/gex_zero.jsonl', 'SPX gex_zero null'],
  [
    '/d/eod_report_SPY_2026-07-17.zip!/SPY/state/gamma_zero/2026-07-17_SPY_state_gamma_zero.json.gz',
    'SPY state_gamma_zero 2026-07-17',
  ],
  ['https://hist.gex.bot/a/2025-10-22_SPX_state_gex_zero.json?sig=2025-10-23_NDX/1', 'SPX state_gex_zero 2025-10-22'],
  ['https://hist.gex.bot/SPX/classic/gex_zero/2025-10-22%20(1).json', 'SPX gex_zero 2025-10-22'],
  // What stands in a downloads folder of a day, or below any other folder, says nothing.
  ['/downloads/2025-11-15/2025-11-14_SPX_classic_gex_zero.json', 'SPX gex_zero 2025-11-14'],
  ['/downloads/2025-11-15/day.json', 'SOURCE_UNIDENTIFIED'],
  ['/data/gexbot-hist/2025-11-14/classic_gex_zero.json.gz', 'SOURCE_UNIDENTIFIED'],
  ['/data/2025-11-14/SPX/classic/package.json', 'SOURCE_UNIDENTIFIED'],
  ['/data/2025-11-14/SPX/gex_zero.json', 'SOURCE_UNIDENTIFIED'],
  ['2025-10-22_SPX_classic_gex_two.json', 'ENDPOINT_UNKNOWN'],
  ['2025-13-45_SPX_classic_gex_zero.json', 'SESSION_DATE_INVALID'],
  ['2025-11-03_2025-11-07_SPX_classic_gex_zero.json', 'SPX gex_zero null'],
] as const) {
  test(`${source}: ${expected}`, () => assert.equal(identified(source), expected));
}

const flags = { ticker: 'SPX', endpoint: 'zero' };

for (const [source, expected] of [
  ['2025-11-14_SPX_classic.json', '2025-11-14'],
  ['day-20251114.txt', '2025-11-14'],
  ['SPX20251114.json', '2025-11-14'],
  ['2025.11.14.json', '2025-11-14'],
  ['/data/gexbot-hist/2025-11-14/classic_gex_zero.json.gz', '2025-11-14'],
  ['https://h.example/export%202025-11-14.json?day=2025-11-15', '2025-11-14'],
  ['day-2025-11-14-again-20251114.json', '2025-11-14'],
  ['day.json', 'null'],
  ['/2025-11-15/day.json', 'null'],
  ['2025-11-31.json', 'null'],
  ['order-120251114.json', 'null'],
  ['a20251114b.json', 'null'],
  ['20251114093000.json', 'null'],
  ['2025-11-13_to_2025-11-14.json', 'null'],
] as const) {
  test(`${source} with ticker and endpoint given: ${expected}`, () => {
    assert.equal(identified(source, flags), `SPX gex_zero ${expected}`);
    assert.equal(dayOfName(source) ?? 'null', expected);
  });
}

test('every name that the vendor gives is read', () => {
  for (const endpoint of endpoints) {
    for (const ticker of ['SPX', 'NQ_NDX', 'ES_SPX', 'BRK.B']) {
      const name = vendorFileName(ticker, endpoint, '2025-11-14');
      const folder = `/d/2025-11-14/SPX/${endpoint.package}/${endpoint.category}`;
      for (const ext of ['', '.gz', '.zst'])
        assert.equal(identified(name + ext), `${ticker} ${endpoint.name} 2025-11-14`);
      for (const ext of ['.json', '.jsonl', '.ndjson', '.jsonl.gz'])
        assert.equal(identified(folder + ext), `SPX ${endpoint.name} 2025-11-14`);
      assert.deepEqual(contradictionsOf(name, identifySource(name)), []);
    }
  }
});

test('what a name says otherwise than it was decided is told', () => {
  for (const [source, options, expected] of [
    ['2025-10-22_SPX_classic_gex_zero.json', {}, []],
    [
      '2025-10-22_SPX_classic_gex_zero.json',
      { date: '2025-10-23', ticker: 'NDX', endpoint: 'one' },
      [
        'the file name says ticker SPX, NDX counts',
        'the file name says endpoint gex_zero, gex_one counts',
        'the file name says date 2025-10-22, 2025-10-23 counts',
      ],
    ],
    ['2025-10-22_spx_classic_zero.json', { ticker: 'spx', endpoint: 'gex_zero', date: '2025-10-22' }, []],
    [
      '/a.zip!/SPY/state/gamma_zero/2026-07-17_QQQ_state_gamma_zero.json.gz',
      {},
      ['the folder says ticker SPY, QQQ counts'],
    ],
    [
      '/2025-11-15/SPX/classic/gex_zero.json',
      { date: '2025-11-14' },
      ['the folder says date 2025-11-15, 2025-11-14 counts'],
    ],
    [
      '2025-11-13_to_2025-11-14.json',
      flags,
      [
        'the file name says date 2025-11-13, it has several, and none counts',
        'the file name says date 2025-11-14, it has several, and none counts',
      ],
    ],
  ] as const) {
    assert.deepEqual(contradictionsOf(source, identifySource(source, options)), expected, source);
  }
});
