import assert from 'node:assert/strict';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ImportResult, SourceReceipt } from '../../src/core/job.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { startOrigin } from '../support/origin.ts';
import { put, records } from '../support/records.ts';
import { long, test } from '../support/shares.ts';
import { zipOf } from '../support/zip.ts';

const [api, blobs] = [await startOrigin(), await startOrigin()];
after(() => Promise.all([api.close(), blobs.close()]));

const key = 'gexbot_custom_Secret0123456789abcdef';
const env = {
  GEXLAKE_GEXBOT_URL: `${api.origin}/v2`,
  GEXLAKE_GEXBOT_KEY: key,
  GEXLAKE_GEXBOT_PACE_MS: '0',
  GEXLAKE_SOURCE_ALLOW: blobs.origin,
};
const day = '2025-10-22';
const source = `gexbot:hist/SPX/classic/gex_zero/${day}`;
const blobPath = `/raw/${day}_SPX_classic_gex_zero.json`;
const packed = gzipSync(JSON.stringify(records(20)));

async function run(lake: Lake, words: readonly string[]): Promise<readonly ImportResult[]> {
  const { stdout, stderr } = await lake.run([...words, '--json'], { env });
  assert.doesNotMatch(stdout + stderr, /sig=|SIGNED/);
  return JSON.parse(stdout) as ImportResult[];
}

async function receiptOf(lake: Lake, id: string): Promise<SourceReceipt> {
  return only((await lake.json<{ receipts: readonly SourceReceipt[] }>(['jobs', 'show', id])).receipts);
}

/** Serves a file of /hist whose links differ each time. */
function serveFile(): void {
  api.serve(`/v2/hist/SPX/classic/gex_zero/${day}`, {
    body: (count) => JSON.stringify({ url: blobs.url(`${blobPath}?se=2030-01-01&sig=SIGNED${count}`) }),
  });
  blobs.serve(blobPath, { body: packed, etag: '"one"' });
}

const memberName = (pack: string, category: string, date = day) =>
  `SPX/${pack}/${category}/${date}_SPX_${pack}_${category}.json.gz`;

suite('a source of the vendor', () => {
  test('is imported by its name, which is all that is kept of where it came from', async (context) => {
    const lake = await makeLake(context);
    serveFile();
    const { job_id, status } = only(await run(lake, ['import', ` ${source.replace('SPX', 'spx')} `]));
    assert.equal(status, 'completed');
    const job = only(await lake.json<{ url: string }[]>(['jobs']));
    assert.equal(job.url, source);
    const { location, etag, wire_bytes } = await receiptOf(lake, job_id);
    assert.deepEqual([location, etag, wire_bytes], [blobs.url(blobPath), '"one"', packed.byteLength]);
    assert.equal((await lake.run(['verify'])).exitCode, 0);
    const again = only(await run(lake, ['import', source]));
    assert.equal(again.skipped_as, job_id);
  });

  test('that is enqueued without a key is refused, and imported by who has one', async (context) => {
    const lake = await makeLake(context);
    serveFile();
    const without = await lake.run(['enqueue', source], { env: { ...env, GEXLAKE_GEXBOT_KEY: '' } });
    assert.match(without.stderr, /VENDOR_KEY_MISSING/);
    await run(lake, ['enqueue', source]);
    assert.equal(only(await run(lake, ['run'])).status, 'completed');
  });

  long('is looked at again by its name', async (context) => {
    const lake = await makeLake(context);
    serveFile();
    await run(lake, ['import', source]);
    const same = JSON.parse((await lake.run(['recheck', source, '--json'], { env })).stdout) as { result: string }[];
    assert.equal(same[0]?.result, 'same');
    blobs.serve(blobPath, { body: JSON.stringify(records(25)), etag: '"two"' });
    const other = JSON.parse((await lake.run(['recheck', source, '--json'], { env })).stdout) as { result: string }[];
    assert.equal(other[0]?.result, 'longer');
  });

  test('is told for what it is', async (context) => {
    const lake = await makeLake(context);
    api.serve('/v2/hist/SPX/classic/gex_zero/2025-10-18', { statuses: [404] });
    const [none, unreadable] = await run(lake, [
      'import',
      'gexbot:hist/SPX/classic/gex_zero/2025-10-18',
      'gexbot:hist/SPX/zero',
    ]);
    assert.deepEqual([none?.error?.code, unreadable?.error?.code], ['VENDOR_NO_SESSION', 'SOURCE_NOT_ALLOWED']);
  });
});

suite('a bundle of the vendor', () => {
  test('is a job for each member, and goes when the last of them is done', async (context) => {
    const lake = await makeLake(context);
    const cut = packed.subarray(0, packed.byteLength >> 1);
    const members = { [memberName('classic', 'gex_zero')]: packed, [memberName('classic', 'gex_one')]: cut };
    api.serve('/v2/hist/eod/SPX', { body: await zipOf(members) });
    api.serve('/v2/whoami', { body: '{"tier":"classic","entitlements":["classic","eod"]}' });
    const { stdout, stderr } = await lake.run(['import', `gexbot:eod/SPX/${day}`, '--json'], { env });
    const results = JSON.parse(stdout) as ImportResult[];
    assert.match(stderr, /lacks classic\/gex_full/);
    // One that is broken does not hold up the others, and stays for its next attempt.
    const became = results.map(({ endpoint, status }) => `${endpoint} ${status}`);
    assert.deepEqual(became.sort(), ['gex_one failed', 'gex_zero completed']);
    const done = results.find(({ status }) => status === 'completed');
    const { archive_checksum, location } = await receiptOf(lake, done?.job_id ?? '');
    assert.match(archive_checksum ?? '', /^[0-9a-f]{64}$/);
    assert.equal(location, `${api.origin}/v2/hist/eod/SPX!/${memberName('classic', 'gex_zero')}`);
    const place = join(lake.folder, '.inbox/vendor', `eod_SPX_${day}`);
    assert.deepEqual((await readdir(place)).sort(), [`eod_report_SPX_${day}.zip`, 'receipt.json']);
    const failed = results.find(({ status }) => status === 'failed');
    await lake.run(['jobs', 'cancel', failed?.job_id ?? '']);
    const calls = api.requests.length;
    await run(lake, ['import', `gexbot:eod/SPX/${day}/classic/gex_zero`]);
    assert.equal(api.requests.length, calls);
    await assert.rejects(access(place));
  });

  test('of the day before is told, and stays for who wants that day', async (context) => {
    const lake = await makeLake(context);
    api.serve('/v2/hist/eod/SPX', { body: await zipOf({ [memberName('classic', 'gex_zero')]: packed }) });
    const early = only(await run(lake, ['import', 'gexbot:eod/SPX/2025-10-23']));
    assert.equal(early.error?.code, 'VENDOR_NOT_PUBLISHED');
    const late = only(await run(lake, ['import', 'gexbot:eod/SPX/2025-10-21']));
    assert.equal(late.error?.code, 'VENDOR_TOO_OLD');
    const calls = api.requests.length;
    const results = await run(lake, ['import', `gexbot:eod/SPX/${day}`]);
    assert.equal(only(results).status, 'completed');
    assert.equal(api.requests.length, calls);
  });

  test('from a path is what its members say, and what it lacks is told', async (context) => {
    const lake = await makeLake(context);
    const members = {
      [memberName('classic', 'gex_zero')]: packed,
      [memberName('classic', 'gex_zero', '2025-10-21')]: 'x',
    };
    const path = await put(
      lake.desk,
      'eod_report_SPX_2025-10-23.zip',
      await zipOf({ ...members, [memberName('classic', 'gex_one')]: packed }),
    );
    const { stderr } = await lake.run(['import', path, '--plan'], { env });
    assert.match(stderr, /is the bundle of SPX of 2025-10-22 by its members/);
    assert.match(stderr, /lacks classic\/gex_full/);
    const { job_id } =
      (await run(lake, ['import', path])).find(({ status }) => status === 'completed') ?? assert.fail();
    assert.match((await receiptOf(lake, job_id)).archive_checksum ?? '', /^[0-9a-f]{64}$/);
  });
});
