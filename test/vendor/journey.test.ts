import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { access, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'node:test';
import type { ImportResult, SourceReceipt } from '../../src/core/job.ts';
import { classic, evening, friday, startAt } from '../sample-vendor/asking.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { startOrigin } from '../support/origin.ts';
import { put, records } from '../support/records.ts';
import { problemOf, startService } from '../support/service.ts';
import { zipOf } from '../support/zip.ts';
import { settingsFor } from './at-standin.ts';
import { long, test } from '../support/shares.ts';

const source = `gexbot:hist/SPX/classic/gex_zero/${friday}`;
const standin = await startAt(evening);
const env = settingsFor(standin);

async function run(lake: Lake, words: readonly string[], given = env): Promise<readonly ImportResult[]> {
  return lake.json<readonly ImportResult[]>(words, { env: given });
}

async function receiptOf(lake: Lake, { job_id }: ImportResult): Promise<SourceReceipt> {
  return only((await lake.json<{ receipts: readonly SourceReceipt[] }>(['jobs', 'show', job_id])).receipts);
}

function fileIn(results: readonly ImportResult[], endpoint: string): ImportResult {
  return results.find((result) => result.endpoint === endpoint) ?? assert.fail(`there is no ${endpoint}`);
}

/** Whether an inbox has the bundle of a day. */
async function hasBundle(lake: Lake, date: string): Promise<boolean> {
  const place = join(lake.folder, '.inbox/vendor', `eod_SPX_${date}`);
  return access(place).then(
    () => true,
    () => false,
  );
}

/** Puts a file where one lies that was downloaded ahead of its job. */
async function placeAhead(lake: Lake, content: string): Promise<string> {
  const place = join(lake.folder, '.inbox/vendor', `hist_SPX_classic_gex_zero_${friday}`);
  await put(place, `${friday}_SPX_classic_gex_zero.json`, content);
  const said = { location: 'https://hist.gex.bot/x', wire_bytes: content.length, etag: null, last_modified: null };
  const none = { content_md5: null, content_length: null, modified_at: null, archive_checksum: null };
  await put(place, 'receipt.json', JSON.stringify({ ...said, ...none }));
  return place;
}

suite('a source of the vendor', () => {
  test('is imported by its name, which is all that is kept of where it came from', async (context) => {
    const lake = await makeLake(context);
    const done = only(await run(lake, ['import', ` ${source.replace('SPX', 'spx')} `]));
    assert.equal(done.status, 'completed');
    assert.equal(only(await lake.jobs()).url, source);
    const { location, etag, content_md5 } = await receiptOf(lake, done);
    assert.match(location, new RegExp(`^${standin.blobUrl}/hist/SPX/classic/gex_zero/`));
    assert.ok(etag !== null && content_md5 !== null);
    assert.equal((await lake.run(['verify'])).exitCode, 0);
    const again = only(await run(lake, ['import', source]));
    assert.equal(again.skipped_as, done.job_id);
  });

  long('that is enqueued without a key is refused, and imported by who has one', async (context) => {
    const lake = await makeLake(context);
    const without = await lake.run(['enqueue', source], { env: { ...env, GEXLAKE_GEXBOT_KEY: '' } });
    assert.match(without.stderr, /VENDOR_KEY_MISSING/);
    await run(lake, ['enqueue', source]);
    assert.equal(only(await run(lake, ['run'])).status, 'completed');
  });

  long('that was downloaded and lost ahead of its job is downloaded by it', async (context) => {
    const lake = await makeLake(context);
    await run(lake, ['enqueue', `gexbot:eod/SPX/${friday}/classic/gex_zero`]);
    assert.equal(only(await run(lake, ['run'])).status, 'completed');
    assert.ok(await hasBundle(lake, friday));
  });

  long('is looked at again by its name', async (context) => {
    const own = await startAt(evening);
    const lake = await makeLake(context);
    const given = settingsFor(own);
    await run(lake, ['import', source], given);
    const look = async () => only(await lake.json<{ result: string }[]>(['recheck', source], { env: given })).result;
    assert.equal(await look(), 'same');
    const calls = () => own.calls().filter(({ route }) => route === 'hist').length;
    const before = calls();
    own.restate({ ticker: 'SPX', category: 'gex_zero', date: friday });
    assert.equal(await look(), 'restated');
    // The link that was signed to ask what there is will do to download it.
    assert.equal(calls() - before, 1);
  });

  long('that was downloaded ahead and is broken is downloaded anew by the next attempt', async (context) => {
    const lake = await makeLake(context);
    const place = await placeAhead(lake, '[{"timestamp":');
    const failed = only(await run(lake, ['import', source]));
    assert.equal(failed.error?.code, 'INPUT_TRUNCATED');
    await assert.rejects(access(place));
    await run(lake, ['jobs', 'retry', failed.job_id]);
    assert.equal(only(await run(lake, ['run'])).status, 'completed');
  });

  long('that was downloaded ahead and no job waits for goes with what else lies in the inbox', async (context) => {
    const lake = await makeLake(context);
    await run(lake, ['import', `gexbot:hist/SPX/classic/gex_one/${friday}`]);
    const place = await placeAhead(lake, '[]');
    const prune = async () => lake.json<{ plan: { path: string }[] }>(['prune']);
    assert.deepEqual((await prune()).plan, []);
    await utimes(place, 1_700_000_000, 1_700_000_000);
    const paths = (await prune()).plan.map(({ path }) => path);
    assert.deepEqual(paths, [`.inbox/vendor/hist_SPX_classic_gex_zero_${friday}`]);
    await lake.run(['prune', '--apply']);
    await assert.rejects(access(place));
  });

  long('comes over HTTP where the service has a key', async (context) => {
    const lake = await makeLake(context);
    const without = await startService(context, lake, { env: { ...env, GEXLAKE_GEXBOT_KEY: '' } });
    await problemOf(await without.post('/gex_history_url', { url: source }), 422, 'VENDOR_KEY_MISSING');
    await without.stop();
    const service = await startService(context, lake, { env });
    const bundle = await service.post('/gex_history_url', { url: `gexbot:eod/SPX/${friday}` });
    assert.equal(bundle.status, 422);
    const done = await service.post('/gex_history_url?wait=30', { url: source, ticker: 'NDX' });
    const { status, url } = (await done.json()) as { status: string; url: string };
    assert.deepEqual([status, url], ['completed', source]);
    await service.stop();
  });

  test('is told for what it is', async (context) => {
    const lake = await makeLake(context);
    const [none, unreadable] = await run(lake, [
      'import',
      'gexbot:hist/SPX/classic/gex_zero/2026-07-18',
      'gexbot:hist/SPX/zero',
    ]);
    assert.deepEqual([none?.error?.code, unreadable?.error?.code], ['VENDOR_NO_SESSION', 'SOURCE_NOT_ALLOWED']);
    const refused = await run(lake, ['import', source], { ...env, GEXLAKE_GEXBOT_KEY: 'gexbot_custom_nobody' });
    assert.equal(only(refused).error?.code, 'VENDOR_KEY_REFUSED');
  });

  for (const kind of ['expired', 'cut', 'wrong-length', 'blob-down'] as const)
    long(`comes whole where its download meets: ${kind}`, async (context) => {
      const own = await startAt(evening, { faults: [kind === 'blob-down' ? { kind } : { kind, times: 1 }] });
      const lake = await makeLake(context);
      assert.equal(only(await run(lake, ['import', source], settingsFor(own))).status, 'completed');
      const kept = await lake.query('SELECT count(*)::INTEGER AS records FROM snapshots');
      assert.deepEqual(kept, [{ records: 30 }]);
    });
});

suite('a bundle of the vendor', () => {
  long('is a job for each member, and goes when the last of them is done', async (context) => {
    const lake = await makeLake(context);
    const own = await startAt(evening);
    const results = await run(lake, ['import', `gexbot:eod/SPX/${friday}`], settingsFor(own, classic));
    assert.deepEqual(
      results.map(({ endpoint, status }) => `${endpoint} ${status}`),
      ['gex_full completed', 'gex_zero completed', 'gex_one completed'],
    );
    const receipt = await receiptOf(lake, fileIn(results, 'gex_zero'));
    assert.match(receipt.archive_checksum ?? '', /^[0-9a-f]{64}$/);
    assert.match(
      receipt.location,
      /\/v2\/hist\/eod\/SPX!\/SPX\/classic\/gex_zero\/2026-07-17_SPX_classic_gex_zero\.json/,
    );
    assert.equal(await hasBundle(lake, friday), false);
  });

  long('with a member that is broken, and one that is missing, brings the others', async (context) => {
    const lake = await makeLake(context);
    const own = await startAt(evening, { faults: [{ kind: 'member-broken', times: 1 }] });
    const given = settingsFor(own, classic);
    const results = await run(lake, ['import', `gexbot:eod/SPX/${friday}`], given);
    const statuses = results.map(({ status }) => status).sort();
    assert.deepEqual(statuses, ['completed', 'completed', 'failed']);
    // It stays for the next attempt of the job that failed.
    const place = join(lake.folder, '.inbox/vendor', `eod_SPX_${friday}`);
    assert.deepEqual((await readdir(place)).sort(), [`eod_report_SPX_${friday}.zip`, 'receipt.json']);
    const other = await makeLake(context);
    own.setFaults([{ kind: 'member-missing', times: 1 }]);
    const { stdout, stderr } = await other.run(['import', `gexbot:eod/SPX/${friday}`, '--json'], { env: given });
    assert.match(stderr, /lacks classic\/gex_\w+, which the key may have/);
    assert.equal((JSON.parse(stdout) as unknown[]).length, 2);
  });

  long('of the day before is told, and stays for who wants that day', async (context) => {
    const lake = await makeLake(context);
    const own = await startAt('2026-07-17T16:30:00-04:00');
    const given = settingsFor(own, classic);
    const early = only(await run(lake, ['import', `gexbot:eod/SPX/${friday}`], given));
    assert.equal(early.error?.code, 'VENDOR_NOT_PUBLISHED');
    const calls = own.calls().length;
    const results = await run(lake, ['import', 'gexbot:eod/SPX/2026-07-16'], given);
    assert.deepEqual([results.length, own.calls().length], [3, calls]);
    const late = only(await run(lake, ['import', 'gexbot:eod/SPX/2026-07-15'], given));
    assert.equal(late.error?.code, 'VENDOR_TOO_OLD');
    assert.equal(await hasBundle(lake, '2026-07-16'), false);
  });

  long('that is cut is downloaded again, and one that stays so is told', async (context) => {
    const lake = await makeLake(context);
    const own = await startAt(evening, { faults: [{ kind: 'cut', times: 1 }] });
    const given = settingsFor(own, classic);
    assert.equal((await run(lake, ['import', `gexbot:eod/SPX/${friday}`], given)).length, 3);
    own.setFaults([{ kind: 'cut-zip' }]);
    const other = await makeLake(context);
    const cut = only(await run(other, ['import', `gexbot:eod/SPX/${friday}`], given));
    assert.equal(cut.error?.code, 'ZIP_UNREADABLE');
    assert.equal(await hasBundle(other, friday), false);
  });

  long('whose members lead out of it is refused whole, and nothing of it stays', async (context) => {
    const lake = await makeLake(context);
    const api = await startOrigin();
    context.after(api.close);
    const member = `aa/${friday}_SPX_classic_gex_zero.json`;
    const good = `SPX/classic/gex_one/${friday}_SPX_classic_gex_one.json`;
    const zip = await zipOf({ [member]: JSON.stringify(records(3)), [good]: JSON.stringify(records(3)) });
    const bad = Buffer.from(zip.toString('latin1').replaceAll('aa/', '../'), 'latin1');
    api.serve('/v2/hist/eod/SPX', { body: bad });
    const given = { ...env, GEXLAKE_GEXBOT_URL: `${api.origin}/v2` };
    const refused = only(await run(lake, ['import', `gexbot:eod/SPX/${friday}`], given));
    assert.equal(refused.error?.code, 'ZIP_UNREADABLE');
    assert.equal(await hasBundle(lake, friday), false);
    assert.deepEqual(await readdir(join(lake.folder, '.maintenance')), []);
  });

  long('from a path is what its members say, and what it lacks is told', async (context) => {
    const lake = await makeLake(context);
    const member = (category: string, day: string) => `SPX/classic/${category}/${day}_SPX_classic_${category}.json`;
    const day = '2025-10-22';
    const zip = await zipOf({
      [member('gex_zero', day)]: JSON.stringify(records(20)),
      [member('gex_one', day)]: 'broken',
      [member('gex_zero', '2025-10-21')]: 'x',
    });
    const path = await put(lake.desk, 'eod_report_SPX_2025-10-23.zip', zip);
    const { stderr } = await lake.run(['import', path, '--plan'], { env });
    assert.match(stderr, /is the bundle of SPX of 2025-10-22 by its members/);
    assert.match(stderr, /lacks classic\/gex_full/);
    const done = (await run(lake, ['import', path])).find(({ status }) => status === 'completed') ?? assert.fail();
    const sum = createHash('sha256').update(zip).digest('hex');
    assert.equal((await receiptOf(lake, done)).archive_checksum, sum);
  });
});
