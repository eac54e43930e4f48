import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { make } from '../sample/made.ts';
import { load } from './loaded.ts';

const run = promisify(execFile);

for (const [endpoint, records, strikes] of [
  ['gex_zero', 1400, 100],
  ['state_vanna_one', 1400, 100],
  ['orderflow', 3000, 5],
] as const) {
  test(`${endpoint}: the same source gives the same bytes, on one thread and on two, again and again`, async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'gexlake-same-'));
    t.after(() => rm(root, { recursive: true }));
    const path = join(root, 'source.json');
    // More than one row group: the first is encoded while the second is read.
    await writeFile(path, Buffer.concat(make({ ticker: 'NQ_NDX', endpoint, records, strikes }).chunks));
    const checksums = new Set<string>();
    for (const threads of ['1', '2']) {
      const folder = join(root, String(checksums.size + Math.random()));
      await mkdir(folder);
      const script = join(import.meta.dirname, 'load-and-print.ts');
      const { stdout } = await run(process.execPath, [script, path, folder, endpoint, threads]);
      for (const line of JSON.parse(stdout) as string[]) checksums.add(line);
    }
    assert.equal(checksums.size, 1, [...checksums].join('\n'));
  });
}

test('checksum and size of a file are those of its bytes', async () => {
  const loaded = await load(Buffer.concat(make({ ticker: 'SPX', records: 30 }).chunks));
  assert.equal(loaded.files.length, 2);
  for (const { path, checksum, size_bytes } of loaded.files) {
    const bytes = await readFile(path);
    assert.equal(bytes.length, size_bytes);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), checksum);
  }
});
