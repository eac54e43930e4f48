import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Journal } from '../../src/journal/journal.ts';
import { makeLake } from '../support/gexlake.ts';
import { importDay } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

long('verifying reads the journal once, for its rows and for its tree', async (context) => {
  const lake = await makeLake(context);
  await importDay(lake, 22);
  const journal = new Journal(join(lake.folder, 'log'));
  for (let at = (await journal.position()).size; at < 10 * 256; at++)
    await journal.append({ kind: 'change', committed_at: '2026-01-05T10:00:00Z', actor: 'tester', what: [], rows: [] });
  await importDay(lake, 23);
  const { size } = await journal.position();
  const stored = Reflect.get<Journal, 'stored'>(Journal.prototype, 'stored');
  let read = 0;
  Journal.prototype.stored = async function* counted(this: Journal, from?: number) {
    for await (const some of stored.call(this, from)) {
      read += some.length;
      yield some;
    }
  };
  try {
    assert.equal((await lake.run(['verify'])).exitCode, 0);
  } finally {
    Journal.prototype.stored = stored;
  }
  // What asks for its beginning reads the first bundle.
  assert.ok(size <= read && read < 1.5 * size, `${read} of ${size} entries`);
});
