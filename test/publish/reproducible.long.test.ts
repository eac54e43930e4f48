import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLake, only } from '../support/gexlake.ts';
import { put, sampleDay } from '../support/records.ts';

const settings: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['one thread', { GEXLAKE_THREADS: '1', UV_THREADPOOL_SIZE: '1', TZ: 'Asia/Tokyo' }],
  ['four threads', { GEXLAKE_THREADS: '4', UV_THREADPOOL_SIZE: '4', TZ: 'America/New_York', GEXLAKE_ACTOR: 'else' }],
];

for (const endpoint of ['gex_zero', 'state_gamma_one', 'orderflow']) {
  test(`the same ${endpoint} file gives the same bytes, on any number of threads`, async (context) => {
    const { bytes, facts } = sampleDay({ endpoint, records: 3_000 });
    const found = new Map<string, string[]>();
    for (const [way, env] of settings) {
      const lake = await makeLake(context);
      const source = await put(lake.desk, 'day.json', bytes);
      const flags = ['--ticker', 'SPX', '--endpoint', endpoint, '--date', '2025-10-22'];
      const result = only(await lake.import([source, ...flags], { env }));
      assert.equal(result.records_processed, facts.records_processed);
      const hashes = result.parquet_files.map(async (path) => {
        const hash = createHash('sha256').update(await readFile(join(lake.folder, path)));
        return `${path} ${hash.digest('hex')}`;
      });
      found.set(way, await Promise.all(hashes));
    }
    assert.equal(found.get('one thread')?.length, endpoint === 'orderflow' ? 1 : 2);
    assert.deepEqual(found.get('one thread'), found.get('four threads'));
  });
}
