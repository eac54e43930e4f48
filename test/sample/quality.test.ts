import assert from 'node:assert/strict';
import { endpoints } from '../../src/core/names.ts';
import { conditionOf, findingsOf, type Measured } from '../../src/core/quality-row.ts';
import { load } from '../load/loaded.ts';
import { long, oneOf } from '../support/shares.ts';
import { make } from './made.ts';

/* Made-up sessions follow the vendor's rules: by our own check all is well with them. */

async function measure(endpoint: string, records: number): Promise<Measured> {
  const { text } = make({ endpoint, records, strikes: 41, ticker: 'SPX', flaws: true });
  const { quality } = await load(text, { endpoint, ticker: 'SPX', measures: true });
  return quality[0] as Measured;
}

for (const [at, { name }] of endpoints.entries())
  for (const records of name.endsWith('gex_zero') ? [23_400, 1500, 300] : [1500, 300])
    (records > 1500 ? long : oneOf(4, at))(
      `${name}: a made-up session of ${records} records is available`,
      async () => {
        const measured = await measure(name, records);
        const asState = name.endsWith('gex_zero') ? 'state_gex_zero' : name;
        assert.equal(conditionOf(measured, asState), 'available', JSON.stringify(findingsOf(measured, asState)));
        // Where two neighbours are nearly alike, the spline's peak can lie nearer to the lower one.
        const { major_nearest: _nearest, no_negative: _told, priors: _priors, ...exact } = measured.statements;
        for (const [statement, { looked_at, held }] of Object.entries(exact)) assert.equal(held, looked_at, statement);
      },
    );
