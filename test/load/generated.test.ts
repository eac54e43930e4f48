import assert from 'node:assert/strict';
import { endpoints } from '../../src/core/names.ts';
import { make } from '../sample/made.ts';
import { load, sessionDate } from './loaded.ts';
import { oneOf } from '../support/shares.ts';

for (const [at, { name, ladder }] of endpoints.entries()) {
  oneOf(5, at)(`${name}: a sample loads to the counts that its facts say`, async () => {
    const { chunks, facts } = make({ ticker: 'NQ_NDX', endpoint: name, sessionDate, records: 300, strikes: 20 });
    const loaded = await load(Buffer.concat(chunks), { ticker: 'NQ_NDX', endpoint: name });
    assert.deepEqual(loaded.counts, {
      records_read: facts.records_read,
      records_processed: facts.records_processed,
      records_duplicate: facts.records_duplicate,
      records_quarantined: facts.records_quarantined,
    });
    assert.equal(loaded.strikeRows, facts.strike_rows);
    assert.deepEqual(loaded.sessionDates, [sessionDate]);
    assert.deepEqual(
      loaded.notices.map(({ event }) => event),
      ['set_aside'],
    );
    const rows = { strikes: facts.strike_rows, snapshots: facts.records_processed };
    assert.equal(loaded.files.length, ladder === 'none' ? 1 : 2);
    for (const file of loaded.files) {
      assert.equal(file.rows, rows[file.dataset]);
      assert.equal(file.first_timestamp_s, facts.first_timestamp);
      assert.equal(file.last_timestamp_s, facts.last_timestamp);
    }
  });
}
