import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test as caseOf } from 'node:test';
import type { ImportResult } from '../../src/core/job.ts';
import { readDatabase } from '../support/duckdb.ts';
import { makeLake, only, type Ran } from '../support/gexlake.ts';
import { gzipped, name, records } from '../support/records.ts';
import { startOrigin, type Served } from '../support/origin.ts';
import { shareOf, test } from '../support/shares.ts';

const body = gzipped(records(60));

/** How each path is served, and the error that its download must give. */
const broken: Readonly<Record<string, readonly [Served | null, string]>> = shareOf(3, {
  'a file that is not there': [null, 'DOWNLOAD_NOT_FOUND'],
  'a signed URL that has expired': [{ body, expiresAt: 1 }, 'DOWNLOAD_DENIED'],
  'a server that never answers': [{ body, muteTimes: 9 }, 'DOWNLOAD_STALLED'],
  'a download that stalls': [{ body, stallAfter: 500, stallTimes: 9 }, 'DOWNLOAD_STALLED'],
  'a download that is cut': [{ body, cutAfter: 500, cutTimes: 9 }, 'DOWNLOAD_CUT'],
  'a download that ends early': [{ body: body.subarray(0, 600), claimLength: body.length }, 'DOWNLOAD_CUT'],
  'a server in trouble': [{ body, statuses: [503, 503] }, 'DOWNLOAD_UNAVAILABLE'],
  'a download that is too large': [{ body: Buffer.alloc(100_001, '[') }, 'SOURCE_TOO_LARGE'],
  'a redirect to a place that is not allowed': [{ redirectTo: 'http://127.0.0.1:1/x.json' }, 'SOURCE_NOT_ALLOWED'],
  'a page instead of the file': [{ body: '<html>sign in</html>' }, 'INPUT_HTML'],
});

const origin = await startOrigin();
after(() => origin.close());
const lake = await makeLake({ after });
const secret = 'S3cretSignature';
const hasty = { stall_timeout_ms: 700, download_attempts: 2, retry_base_ms: 1, source_bytes: 100_000 };
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: JSON.stringify(hasty) };
/** All that the program has said in this file. */
const ran: Ran[] = [];

async function run(...args: string[]): Promise<Ran> {
  return runWith(env, ...args);
}

async function runWith(environment: Record<string, string>, ...args: string[]): Promise<Ran> {
  const one = await lake.run(args, { env: environment });
  ran.push(one);
  return one;
}

async function importUrls(...urls: string[]): Promise<ImportResult[]> {
  const { stdout } = await run('import', ...urls, '--json');
  return JSON.parse(stdout) as ImportResult[];
}

const pathOf = (way: string) => `/${way.replaceAll(' ', '-')}/${name}.gz`;
const signed = (path: string) => `${origin.url(path)}?sv=1&sig=${secret}`;

for (const [way, [served]] of Object.entries(broken)) if (served !== null) origin.serve(pathOf(way), served);
const results = await importUrls(...Object.keys(broken).map((way) => signed(pathOf(way))));
const jobs = new Map((await lake.jobs()).map((job) => [job.id, job]));

for (const [at, [way, [, code]]] of Object.entries(broken).entries()) {
  caseOf(`${way} fails with ${code}`, () => {
    const result = results[at];
    assert.equal(result?.status, 'failed');
    assert.equal(result.error?.code, code, result.error?.message);
    const { message } = result.error;
    assert.ok(message.includes(origin.origin) || message.includes(name), message);
    assert.equal(jobs.get(result.job_id)?.last_error, `${code}: ${message}`);
  });
}

test('nothing of them is kept or published', async () => {
  for (const folder of ['parquet', 'source', '.work']) assert.deepEqual(await lake.files(folder), [], folder);
});

test('an origin that nobody allowed is not asked', async () => {
  const asked = origin.requests.length;
  const result = only(await lake.import([signed(`/${name}`)]));
  assert.equal(result.error?.code, 'SOURCE_NOT_ALLOWED');
  assert.equal(origin.requests.length, asked);
});

test('a download that is cut once goes on where it stopped', async () => {
  origin.serve(`/${name}.gz`, { body, etag: '"1"', ranges: true, cutAfter: 700 });
  const patient = { GEXLAKE_SOURCE_ALLOW: origin.origin };
  const { stdout } = await runWith(patient, 'import', signed(`/${name}.gz`), '--json');
  const result = only(JSON.parse(stdout) as ImportResult[]);
  assert.equal(result.status, 'completed');
  assert.equal(result.records_processed, 60);
  assert.equal(origin.requests.at(-1)?.headers.range, 'bytes=700-');
  assert.deepEqual(await lake.files('source'), [`gexbot/${name}`]);
});

test('mistyped addresses are no paths, and fail', async () => {
  const typed = [
    `https:/example.com/${name}?sig=${secret}`,
    ` https://someone:${secret}@hist.gex.bot/${name}?sig=${secret}`,
    `ftp://hist.gex.bot/${name}?sig=${secret}`,
  ];
  for (const result of await importUrls(...typed)) assert.equal(result.error?.code, 'SOURCE_NOT_ALLOWED');
});

test('the secret of a URL is in the url column of the log, beside its journal, and nowhere else', async () => {
  await run('jobs');
  await run('jobs', '--json');
  await run('query', 'FROM import_jobs');
  await run('query', 'FROM job_events', '--json');
  await run('jobs', 'show', results[0]?.job_id ?? '');
  await run('jobs', 'show', results[0]?.job_id ?? '', '--json');
  await run('enqueue', signed(`/${name}`));
  await run('enqueue', `https://example.com/x?sig=${secret}`);
  for (const { stdout, stderr } of ran) assert.ok(!(stdout + stderr).includes(secret), stdout + stderr);

  const history = join(lake.folder, 'gex_history.db');
  const urls = await readDatabase(history, `SELECT contains(url, '${secret}') AS inside FROM import_jobs`);
  assert.ok(urls.length > Object.keys(broken).length);
  for (const row of urls) assert.deepEqual(row, { inside: true });
  const others = 'FROM (SELECT * EXCLUDE (url) FROM import_jobs) AS job';
  const beside = `SELECT id ${others} WHERE contains(to_json(job)::VARCHAR, '${secret}')`;
  assert.deepEqual(await readDatabase(history, beside), []);
  const events = await readDatabase(history, `SELECT * FROM job_events WHERE contains(detail, '${secret}')`);
  assert.deepEqual(events, []);

  const files = await readdir(lake.folder, { recursive: true, withFileTypes: true });
  const keepers = new Set(['gex_history.db', 'secrets']);
  for (const file of files.filter((found) => found.isFile() && !keepers.has(found.name))) {
    const bytes = await readFile(join(file.parentPath, file.name));
    assert.ok(!file.name.includes(secret) && !bytes.includes(secret), file.name);
  }
});
