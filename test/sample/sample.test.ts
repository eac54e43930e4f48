import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { endpoints } from '../../src/core/names.ts';
import { NewYorkDays, formatDay } from '../../src/core/session.ts';
import { sampleFileName } from '../../src/sample/sample.ts';
import { long, oneOf, test } from '../support/shares.ts';
import { make, recordsOf, trueRecordsOf } from './made.ts';
import type { GexRecord } from './made.ts';

type Dated = { timestamp: number; strikes?: unknown[]; mini_contracts?: unknown[] };

for (const [endpoint, hash] of [
  ['gex_zero', '922aeae71371bf9e8b68d2dbb2ec8a259a419be35b70343406afba7a380a5fa9'],
  ['state_vanna_one', 'eadb7145040544c675c14846cc23561b5e7957b3b5148aed920a6d1057d1b6ed'],
  ['orderflow', '8169d54d85b03ece415bb39e413d0952fd00757b92d7e5d59e9f5ba425172fea'],
] as const) {
  test(`${endpoint}: equal options give equal bytes, on every machine`, () => {
    const { text } = make({ endpoint });
    assert.equal(make({ endpoint }).text, text);
    assert.equal(createHash('sha256').update(text).digest('hex'), hash);
  });
}

test('another seed, ticker or date is another day', () => {
  const base = { flaws: false, records: 30 };
  const others = [{}, { seed: 2 }, { ticker: 'NDX' }, { sessionDate: '2025-10-23' }];
  const spots = others.map((other) => recordsOf<GexRecord>(make({ ...base, ...other })).map(({ spot }) => spot));
  assert.equal(new Set(spots.map(String)).size, others.length);
});

test('the files of one ticker and day have the same spot', () => {
  const spots = ['gex_zero', 'state_charm_one', 'orderflow'].map((endpoint) =>
    String(recordsOf<GexRecord>(make({ endpoint, records: 30, flaws: false })).map(({ spot }) => spot)),
  );
  assert.equal(new Set(spots).size, 1);
});

for (const [at, { name }] of endpoints.entries()) {
  oneOf(5, at)(`${name}: the facts are what the file holds`, () => {
    const made = make({ endpoint: name });
    const { facts } = made;
    const records = recordsOf<Dated>(made);
    const kept = trueRecordsOf<Dated>(made);
    const rows = (list: Dated[]): number =>
      list.reduce((sum, record) => sum + (record.strikes ?? record.mini_contracts ?? []).length, 0);
    assert.equal(facts.records_read, records.length);
    assert.equal(facts.records_processed, kept.length);
    assert.equal(facts.records_quarantined, 1);
    assert.equal(facts.records_duplicate, 3);
    assert.equal(facts.records_read, kept.length + 1 + 3);
    assert.equal(facts.strike_rows, rows(kept));
    assert.equal(facts.strike_rows_read, rows(records));
    assert.equal(facts.first_timestamp, kept[0]?.timestamp);
    assert.equal(facts.last_timestamp, kept.at(-1)?.timestamp);
    assert.equal(facts.size_bytes, made.text.length);
  });

  oneOf(5, at)(`${name}: numbers have at most three decimals, no exponent, and nothing is padded`, () => {
    const { text } = make({ endpoint: name });
    assert.equal(JSON.stringify(JSON.parse(text)), text);
    assert.doesNotMatch(text, /\d\.\d{4}|\de|-0[,\]}]/i);
  });
}

for (const [sessionDate, open, staleClose] of [
  ['2025-10-22', '2025-10-22T13:30:00Z', '2025-10-21T20:00:00Z'],
  ['2026-02-25', '2026-02-25T14:30:00Z', '2026-02-24T21:00:00Z'],
  ['2025-11-03', '2025-11-03T14:30:00Z', '2025-10-31T20:00:00Z'],
] as const) {
  test(`a session of ${sessionDate} lies between 09:30 and 16:00 New York, behind a stale close`, () => {
    const made = make({ sessionDate });
    const start = Date.parse(open) / 1000;
    assert.equal(recordsOf<Dated>(made)[0]?.timestamp, Date.parse(staleClose) / 1000);
    const days = new NewYorkDays();
    for (const [index, { timestamp }] of trueRecordsOf<Dated>(made).entries()) {
      assert.equal(timestamp, start + index * 60);
      assert.equal(formatDay(days.dayOf(timestamp)), sessionDate);
    }
  });
}

long('a full session has a record every second from 09:30:00 to 15:59:59', () => {
  const { facts } = make({ endpoint: 'orderflow', records: 23_400 });
  assert.equal(facts.last_timestamp - facts.first_timestamp, 23_399);
  assert.equal(facts.records_processed, 23_400);
});

test('without flaws there is nothing but the records', () => {
  const made = make({ flaws: false });
  assert.equal(recordsOf(made).length, 390);
  assert.equal(made.facts.records_read, made.facts.records_processed);
  assert.equal(made.facts.strike_rows, made.facts.strike_rows_read);
});

test('duplicates are byte for byte the record before', () => {
  const records = recordsOf<Dated>(make()).map((record) => JSON.stringify(record));
  assert.equal(records.filter((record, index) => record === records[index - 1]).length, 3);
});

long('chunks stay small however long the file is, and may be kept', () => {
  const { chunks, facts } = make({ records: 5_000, strikes: 99 });
  assert.ok(chunks.length > 20);
  assert.ok(chunks.every((chunk) => chunk.length < 600_000));
  assert.equal(
    chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    facts.size_bytes,
  );
});

test('polled every five minutes, it compresses about as real records do', () => {
  const { text } = make({ ticker: 'SPX', endpoint: 'state_gex_zero', records: 78, strikes: 93, flaws: false });
  const ratio = text.length / gzipSync(text, { level: 1 }).length;
  // Real SPX and NDX records of 2026-02-25: 3.2 and 3.4, 46 bytes a strike row.
  assert.ok(ratio > 2.7 && ratio < 4, `ratio ${ratio}`);
});

test('files are named as the vendor names them', () => {
  const named = (endpoint: string): string => sampleFileName({ ticker: 'NQ_NDX', endpoint, sessionDate: '2025-10-22' });
  assert.equal(named('gex_zero'), '2025-10-22_NQ_NDX_classic_gex_zero.json');
  assert.equal(named('state_gex_full'), '2025-10-22_NQ_NDX_state_gex_full.json');
  assert.equal(named('state_gamma_one'), '2025-10-22_NQ_NDX_state_gamma_one.json');
  assert.equal(named('orderflow'), '2025-10-22_NQ_NDX_orderflow_orderflow.json');
});

for (const [wrong, code] of [
  [{ ticker: '../../x' }, 'TICKER_INVALID'],
  [{ endpoint: 'gex_two' }, 'ENDPOINT_UNKNOWN'],
  [{ sessionDate: '2025-02-30' }, 'SESSION_DATE_INVALID'],
  [{ sessionDate: '2025-10-25' }, 'USAGE'],
  [{ records: 0 }, 'USAGE'],
  [{ records: 23_401 }, 'USAGE'],
  [{ strikes: 2.5 }, 'USAGE'],
  [{ seed: -1 }, 'USAGE'],
] as const) {
  test(`${JSON.stringify(wrong)} is refused with ${code}`, () => {
    assert.throws(() => make(wrong), { code });
  });
}

for (const strikes of [5, 37, 300]) {
  (strikes === 37 ? test : long)(
    `tickers of any price have ladders of about ${strikes} positive, ascending strikes`,
    () => {
      for (const ticker of ['VIX', 'AAPL', 'SPY', 'SPX', 'ES_SPX', 'NQ_NDX', 'XYZ']) {
        for (const record of recordsOf<GexRecord>(make({ ticker, strikes, records: 20 }))) {
          const ladder = record.strikes.map(([strike]) => strike);
          assert.ok(Math.abs(ladder.length - strikes) <= 4, `${ticker}: ${ladder.length} strikes`);
          assert.ok(ladder.every((strike, index) => strike > (ladder[index - 1] ?? 0)));
          assert.ok(record.spot > (ladder[0] ?? 0) && record.spot < (ladder.at(-1) ?? 0));
        }
      }
    },
  );
}
