import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { after, suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ImportResult, SourceReceipt } from '../../src/core/job.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { startOrigin } from '../support/origin.ts';
import { name, put, records } from '../support/records.ts';
import { long } from '../support/shares.ts';

const origin = await startOrigin();
after(() => origin.close());

const packed = gzipSync(JSON.stringify(records(20)));
const sum = (kind: 'md5' | 'sha256', bytes: Uint8Array) => createHash(kind).update(bytes);
const said = { 'Content-MD5': sum('md5', packed).digest('base64') };
const lastModified = 'Wed, 22 Oct 2025 21:00:00 GMT';

async function receipts(lake: Lake, id: string): Promise<readonly SourceReceipt[]> {
  return (await lake.json<{ receipts: readonly SourceReceipt[] }>(['jobs', 'show', id])).receipts;
}

const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: JSON.stringify({ download_attempts: 1 }) };

async function download(lake: Lake, path: string): Promise<ImportResult> {
  const { stdout } = await lake.run(['import', `${origin.url(path)}?sig=SECRET`, '--json'], { env });
  return only(JSON.parse(stdout) as ImportResult[]);
}

suite('the receipt of a source', () => {
  long('says what the server said, where it came from in the end, and nothing secret', async (context) => {
    const lake = await makeLake(context);
    origin.serve(`/hist/${name}`, { redirectTo: origin.url(`/blob/${name}?sig=SECRET`) });
    origin.serve(`/blob/${name}`, { body: packed, etag: '"0x8DE11"', lastModified, headers: said });
    const { job_id } = await download(lake, `/hist/${name}`);
    const [receipt, ...others] = await receipts(lake, job_id);
    assert.deepEqual(others, []);
    const { received_at, ...rest } = receipt ?? assert.fail('there is no receipt');
    assert.match(received_at, /^\d{4}-/);
    assert.deepEqual(rest, {
      job_id,
      attempt: 1,
      location: origin.url(`/blob/${name}`),
      wire_bytes: packed.byteLength,
      wire_checksum: sum('sha256', packed).digest('hex'),
      etag: '"0x8DE11"',
      last_modified: lastModified,
      content_md5: said['Content-MD5'],
      content_length: packed.byteLength,
      modified_at: null,
      archive_checksum: null,
    });
    const shown = (await lake.run(['jobs', 'show', job_id])).stdout;
    for (const part of ['CONTENT-MD5', rest.location, lastModified, rest.wire_checksum])
      assert.ok(shown.includes(part));
    assert.doesNotMatch(shown, /SECRET/);
    assert.equal((await lake.run(['verify'])).exitCode, 0);
  });

  long(
    'of a local file says its size and when it was modified, also of a job that brings nothing new',
    async (context) => {
      const lake = await makeLake(context);
      const path = await put(lake.desk, name, records(20));
      await utimes(path, 1_761_166_800, 1_761_166_800);
      const { job_id, status } = only(await lake.import([path]));
      const again = only(await lake.import([path]));
      assert.deepEqual([status, again.status], ['completed', 'skipped']);
      const [first, second] = [only(await receipts(lake, job_id)), only(await receipts(lake, again.job_id))];
      assert.deepEqual([first.location, first.modified_at, first.etag], [path, '2025-10-22T21:00:00.000Z', null]);
      assert.deepEqual({ ...second, job_id, received_at: '' }, { ...first, received_at: '' });
    },
  );

  long('bytes that do not have the MD5 that their server gives them are not imported', async (context) => {
    const lake = await makeLake(context);
    const wrong = { 'Content-MD5': sum('md5', Buffer.from('other')).digest('base64') };
    origin.serve(`/wrong/${name}`, { body: packed, headers: wrong });
    const { status, error } = await download(lake, `/wrong/${name}`);
    assert.deepEqual([status, error?.code], ['failed', 'DOWNLOAD_DAMAGED']);
    assert.deepEqual(await lake.files('parquet'), []);
  });
});
