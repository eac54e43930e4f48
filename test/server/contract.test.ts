import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import { validateOpenapi } from './document.ts';
import createClient from 'openapi-fetch';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { name, put, record, records, recordsOf } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';
import { generous, problemOf, startService } from '../support/service.ts';
import { long, test } from '../support/shares.ts';
import type { paths } from './api.d.ts';

/* Every route over a real socket, asked by the client whose types are made from the OpenAPI document. */

const origin = await startOrigin();
after(() => origin.close());
const owner = lastFirst({ after });
const lake = await makeLake(owner);
// A server that says nothing is given up soon.
const limits = JSON.stringify({ ...(JSON.parse(generous) as object), stall_timeout_ms: 1_000 });
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin, GEXLAKE_LIMITS: limits };
const service = await startService(owner, lake, { env });
const client = createClient<paths>({ baseUrl: service.url });

/** Serves a file under its name in a folder of its own, and gives its URL with a secret. */
let served = 0;
function serve(body: unknown, file = name): string {
  const path = `/${served++}/${file}`;
  origin.serve(path, { body: JSON.stringify(body) });
  return `${origin.url(path)}?sig=SECRET`;
}

async function imported(body: unknown, file = name) {
  const { data } = await client.POST('/gex_history_url', {
    params: { query: { wait: 60 } },
    body: { url: serve(body, file) },
  });
  assert.ok(data !== undefined);
  return data;
}

suite('POST /gex_history_url', () => {
  test('gives 202 with the job and its place; the file name decides, and a contradiction is noted', async () => {
    const url = serve(records(20), '2025-10-22_NQ_NDX_classic_gex_zero.json');
    const { data, response } = await client.POST('/gex_history_url', {
      body: { url, ticker: 'NDX', gex_type: 'one', extra: { page: 'https://gexbot.com/x?key=SECRET' } },
    });
    assert.equal(response.status, 202);
    assert.equal(response.headers.get('location'), `/jobs/${data?.id}`);
    assert.deepEqual([data?.ticker, data?.endpoint, data?.session_date], ['NQ_NDX', 'gex_zero', '2025-10-22']);
    assert.deepEqual([data?.status, data?.job_id, data?.actor], ['pending', data?.id, 'anonymous']);
    const { data: job } = await client.GET('/jobs/{id}', { params: { path: { id: data?.id ?? '' } } });
    const notes = job?.events.filter((event) => event.event === 'contradiction').map((event) => event.detail);
    assert.deepEqual(notes, [
      'the request said ticker "NDX", the file name NQ_NDX; the file name counts',
      'the request said endpoint "one", the file name gex_zero; the file name counts',
    ]);
    assert.deepEqual(job?.request?.fields, {
      ticker: 'NDX',
      gex_type: 'one',
      extra: { page: 'https://gexbot.com/x?…' },
    });
  });

  test('waits for the end of the job where it is asked to, by query or by Prefer', async () => {
    const first = await imported(records(30));
    assert.deepEqual([first.status, first.skipped, first.error], ['completed', false, null]);
    assert.deepEqual(first.session_dates, ['2025-10-22']);
    assert.deepEqual([first.records_read, first.records_processed, first.strike_rows], [30, 30, 150]);
    assert.equal(first.parquet_files.length, 2);
    assert.ok(!JSON.stringify(first).includes('SECRET'));
    const again = await service.post('/gex_history_url', { url: serve(records(30)) }, { prefer: 'wait=60' });
    assert.equal(again.status, 200);
    assert.equal(again.headers.get('preference-applied'), 'wait=60');
    const skipped = (await again.json()) as { skipped: boolean; skipped_as: string };
    assert.deepEqual([skipped.skipped, skipped.skipped_as], [true, first.id]);
  });

  long('says of bytes that are live as another endpoint where they are, and how they are withdrawn', async () => {
    const made = recordsOf('WARN', 12);
    const wrong = await imported(made, '2025-10-22_WARN_classic_gex_full.json');
    const right = await imported(made, '2025-10-22_WARN_classic_gex_zero.json');
    assert.deepEqual([right.status, right.skipped, right.skipped_as], ['skipped', true, wrong.id]);
    assert.match(
      right.warnings.join(),
      new RegExp(`WARN gex_full .* job ${wrong.id}.*gexlake withdraw ${wrong.id} --reason`),
    );
    assert.deepEqual(
      [wrong.warnings, (await imported(made, '2025-10-22_WARN_classic_gex_full.json')).warnings],
      [[], []],
    );
  });

  long('gives one URL that is to be read in two ways two jobs', async () => {
    const url = serve(recordsOf('TWICE', 3), 'day.json');
    const asked = ['zero', 'full', 'zero'].map(async (endpoint) => {
      const { data } = await client.POST('/gex_history_url', { body: { url, ticker: 'TWICE', endpoint } });
      return [data?.endpoint, data?.id];
    });
    const [zero, full, again] = await Promise.all(asked);
    assert.deepEqual([zero?.[0], full?.[0], again?.[0]], ['gex_zero', 'gex_full', 'gex_zero']);
    assert.notEqual(zero?.[1], full?.[1]);
  });

  test('gives the failed job with its error, code, words and advice', async () => {
    const failed = await imported([]);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.error?.code, 'INPUT_NO_RECORDS');
    assert.equal(typeof failed.error.hint, 'string');
    assert.deepEqual([failed.parquet_files, failed.strike_rows], [[], 0]);
  });

  test('understands JSON that calls itself text, and every name that ticker and endpoint go by', async () => {
    const bodies = [
      { symbol: 'spx', type: 'gex_zero' },
      { ticker: 'SPX', feed: 'classic/gex_zero' },
      { ticker: 'SPX', kind: 'zero', date: '2025-10-22' },
      { ticker: 'SPX', endpoint: 'nonsense', gex_type: 'zero' },
    ];
    for (const body of bodies) {
      const answer = await service.ask('/gex_history_url', {
        method: 'POST',
        headers: { 'content-type': 'text/plain;charset=UTF-8' },
        body: JSON.stringify({ url: serve(records(5), 'download.json'), ...body }),
      });
      assert.equal(answer.status, 202);
      const job = (await answer.json()) as { ticker: string; endpoint: string };
      assert.deepEqual([job.ticker, job.endpoint], ['SPX', 'gex_zero']);
    }
  });

  test('says what can be found in neither place', async () => {
    const url = `${origin.origin}/download.json`;
    const problem = await problemOf(
      await service.post('/gex_history_url', { url, ticker: 'SPX' }),
      422,
      'SOURCE_UNIDENTIFIED',
    );
    assert.match(problem.detail, /neither the file name in the URL nor the body says the endpoint/);
    await problemOf(
      await service.post('/gex_history_url', { url, ticker: '../x', type: 'zero' }),
      422,
      'TICKER_INVALID',
    );
    await problemOf(await service.post('/gex_history_url', { url, ticker: 'SPX', type: 'x' }), 422, 'ENDPOINT_UNKNOWN');
  });

  test('the same key, and the same URL while its job is open, give the same job', async () => {
    origin.serve('/mute/2025-10-22_QQQ_classic_gex_zero.json', { muteTimes: 1, body: JSON.stringify(records(5)) });
    const url = origin.url('/mute/2025-10-22_QQQ_classic_gex_zero.json?sig=1');
    const key = { 'idempotency-key': 'one' };
    const ids = new Set<string>();
    for (const headers of [key, key, {}, {}]) {
      const answer = await service.post('/gex_history_url', { url }, headers);
      assert.equal(answer.status, 202);
      ids.add(((await answer.json()) as { id: string }).id);
    }
    assert.equal(ids.size, 1);
    const signedAnew = await service.post('/gex_history_url', { url: url.replace('sig=1', 'sig=2') }, key);
    assert.ok(ids.has(((await signedAnew.json()) as { id: string }).id));
    const other = await service.post('/gex_history_url', { url: serve(records(6)) }, key);
    const problem = await problemOf(other, 422, 'IDEMPOTENCY_CONFLICT');
    assert.ok(!problem.detail.includes('sig='));
  });

  test('takes no local file, no other host, no other type and no other shape', async () => {
    const cases = [
      [{ url: 'file:///etc/passwd' }, 422, 'SOURCE_NOT_ALLOWED'],
      [{ url: '/data/2025-10-22_SPX_classic_gex_zero.json' }, 422, 'SOURCE_NOT_ALLOWED'],
      [{ url: 'https://example.com/2025-10-22_SPX_classic_gex_zero.json' }, 422, 'SOURCE_NOT_ALLOWED'],
      [{ url: 7 }, 422, 'REQUEST_INVALID'],
      [{}, 422, 'REQUEST_INVALID'],
      [[], 422, 'REQUEST_INVALID'],
      [{ url: serve([]), publish: 'no' }, 422, 'REQUEST_INVALID'],
      [undefined, 422, 'REQUEST_INVALID'],
    ] as const;
    for (const [body, status, code] of cases)
      await problemOf(await service.post('/gex_history_url', body), status, code);
    const raw = async (body: string, type: string) =>
      service.ask('/gex_history_url', { method: 'POST', body, headers: { 'content-type': type } });
    await problemOf(await raw('{"url":', 'application/json'), 400, 'REQUEST_UNREADABLE');
    await problemOf(await raw('{"url":"x","__proto__":{}}', 'application/json'), 400, 'REQUEST_UNREADABLE');
    await problemOf(await raw('url=x', 'application/x-www-form-urlencoded'), 415, 'UNSUPPORTED_MEDIA_TYPE');
    await problemOf(await raw(`{"url":"${'x'.repeat(70_000)}"}`, 'text/plain'), 413, 'BODY_TOO_LARGE');
    const deep = `{"url":${JSON.stringify(serve([]))},"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    await problemOf(await raw(deep, 'application/json'), 422, 'REQUEST_INVALID');
  });
});

suite('jobs', () => {
  test('are listed newest first, filtered, and page by page without a gap', async () => {
    const { data: all } = await client.GET('/jobs', { params: { query: { limit: 500 } } });
    assert.ok(all !== undefined && all.jobs.length > 5 && all.next_cursor === null);
    const paged: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const query = { limit: 3, ...(cursor === undefined ? {} : { cursor }) };
      const { data: page } = await client.GET('/jobs', { params: { query } });
      assert.ok(page !== undefined);
      paged.push(...page.jobs.map((job) => job.id));
      cursor = page.next_cursor;
    }
    assert.deepEqual(
      paged,
      all.jobs.map((job) => job.id),
    );
    assert.deepEqual(paged, [...paged].sort().reverse());
    const { data: failed } = await client.GET('/jobs', { params: { query: { status: 'failed', ticker: 'spx' } } });
    assert.deepEqual(new Set(failed?.jobs.map((job) => job.status)), new Set(['failed']));
    const { data: none } = await client.GET('/jobs', { params: { query: { session_date_from: '2025-10-23' } } });
    assert.deepEqual(none?.jobs, []);
    const { data: some } = await client.GET('/jobs', {
      params: { query: { session_date: '2025-10-22', endpoint: 'zero', kind: 'import', limit: 1 } },
    });
    assert.equal(some?.jobs.length, 1);
  });

  long('are those of the command line too, and cannot read files for whoever asks over HTTP', async () => {
    const [job] = await lake.json<{ id: string }[]>([
      'enqueue',
      await put(lake.desk, 'day.json', records(9, 3_000)),
      '--ticker',
      'SPX',
      '--endpoint',
      'zero',
    ]);
    for (;;) {
      const { data } = await client.GET('/jobs/{id}', { params: { path: { id: job?.id ?? '' } } });
      if (data?.status === 'completed') {
        assert.equal(data.request, null);
        break;
      }
      assert.ok(data?.status === 'pending' || data?.status === 'started');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  long('can be retried and cancelled where their state allows it', async () => {
    const path = '/retry/2025-10-22_IWM_classic_gex_zero.json';
    origin.serve(path, { statuses: [404], body: JSON.stringify(recordsOf('IWM', 5)) });
    const first = await service.post('/gex_history_url?wait=60', { url: origin.url(path) });
    const { id, error } = (await first.json()) as { id: string; error: { code: string } };
    assert.equal(error.code, 'DOWNLOAD_NOT_FOUND');
    const params = { path: { id } };
    const { data: retried } = await client.POST('/jobs/{id}/retry', { params });
    assert.equal(retried?.status, 'pending');
    for (;;) {
      const { data } = await client.GET('/jobs/{id}', { params });
      if (data?.status === 'completed') break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await problemOf(await service.post(`/jobs/${id}/cancel`), 409, 'JOB_STATE');
    const failed = await imported([]);
    const { data: cancelled } = await client.POST('/jobs/{id}/cancel', { params: { path: { id: failed.id } } });
    assert.equal(cancelled?.status, 'cancelled');
    await problemOf(await service.post(`/jobs/${'0'.repeat(32)}/retry`), 404, 'JOB_NOT_FOUND');
    await problemOf(await service.ask(`/jobs/${'0'.repeat(32)}`), 404, 'JOB_NOT_FOUND');
    await problemOf(await service.ask('/jobs/x'), 422, 'REQUEST_INVALID');
  });

  test('are corrected by another source, with a reason', async () => {
    const day = '2025-10-22_SPY_classic_gex_zero.json';
    const original = await imported(recordsOf('SPY', 4), day);
    const { data: correction, response } = await client.POST('/jobs/{id}/corrections', {
      params: { path: { id: original.id }, query: { wait: 60 } },
      body: { url: serve(recordsOf('SPY', 4, { spot: 6_699 }), day), reason: 'the vendor sent the day again' },
    });
    assert.equal(response.status, 200);
    assert.deepEqual([correction?.kind, correction?.status, correction?.error], ['correction', 'completed', null]);
    assert.deepEqual([correction?.corrects_job_id, correction?.reason], [original.id, 'the vendor sent the day again']);
    const { data: files } = await client.GET('/files', { params: { query: { ticker: 'SPY', state: 'superseded' } } });
    assert.deepEqual(new Set(files?.files.map((file) => file.superseded_by)), new Set([correction?.id]));
    assert.deepEqual([files?.as_of, files?.basis], [null, null]);
    const [old] = files?.files ?? [];
    const as_of = old?.committed_at ?? '';
    const { data: then } = await client.GET('/files', { params: { query: { ticker: 'SPY', as_of } } });
    assert.deepEqual([then?.as_of, then?.basis], [as_of, 'journal']);
    assert.deepEqual(
      new Set(then?.files.map(({ job_id, state }) => `${job_id} ${state}`)),
      new Set([`${original.id} superseded`]),
    );
    const later = { ticker: 'SPY', as_of: old?.superseded_at ?? '' };
    const { data: since } = await client.GET('/files', { params: { query: later } });
    assert.deepEqual(new Set(since?.files.map(({ job_id }) => job_id)), new Set([correction?.id]));
    await problemOf(await service.ask('/files?as_of=2025-10-22'), 422, 'AS_OF_INVALID');
    await problemOf(await service.ask('/files?as_of=2999-01-01T00:00:00Z'), 409, 'AS_OF_UNKNOWN');
    await problemOf(
      await service.post(`/jobs/${original.id}/corrections`, { url: serve([record(1)], day), reason: ' ' }),
      422,
      'REQUEST_INVALID',
    );
  });
});

test('GET /files lists files, filtered and page by page', async () => {
  const { data: all } = await client.GET('/files', { params: { query: { limit: 500 } } });
  assert.ok(all !== undefined && all.files.length > 4);
  const paged: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = { limit: 2, ...(cursor === undefined ? {} : { cursor }) };
    const { data: page } = await client.GET('/files', { params: { query } });
    assert.ok(page !== undefined);
    paged.push(...page.files.map((file) => `${file.job_id} ${file.path}`));
    cursor = page.next_cursor;
  }
  assert.deepEqual(
    paged,
    all.files.map((file) => `${file.job_id} ${file.path}`),
  );
  const [first] = all.files;
  const query = { job_id: first?.job_id ?? '', dataset: 'strikes', session_date: '2025-10-22' } as const;
  const { data: some } = await client.GET('/files', { params: { query } });
  assert.equal(some?.files.length, 1);
  await problemOf(await service.ask('/files?cursor=e30'), 422, 'REQUEST_INVALID');
});

test('GET /health and GET /metrics say how the service is', async () => {
  const { data: health } = await client.GET('/health');
  assert.deepEqual([health?.live, health?.ready, health?.reasons], [true, true, []]);
  const answer = await service.ask('/metrics');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const names =
    'gex_import_records_total gex_import_failures_total gex_import_duration_seconds_count gex_import_in_progress gex_jobs ' +
    'gex_download_bytes_total gex_lock_wait_seconds_count gex_disk_free_bytes gex_last_import_timestamp_seconds';
  for (const metric of names.split(' ')) assert.match(text, new RegExp(`^${metric}(?:{.*})? [\\d.e+-]+$`, 'm'), metric);
  assert.match(text, /^gex_jobs{status="completed"} [1-9]/m);
  assert.match(text, /^gex_import_failures_total{code="INPUT_NO_RECORDS"} [1-9]/m);
  assert.match(text, /^gex_import_records_total{endpoint="gex_zero",outcome="processed"} [1-9]/m);
});

test('what is nowhere, and what cannot be done there, are problems', async () => {
  await problemOf(await service.ask('/nowhere?sig=SECRET'), 404, 'ROUTE_UNKNOWN');
  const wrong = await service.ask('/jobs', { method: 'DELETE' });
  assert.equal(wrong.headers.get('allow'), 'GET, HEAD');
  await problemOf(wrong, 405, 'METHOD_NOT_ALLOWED');
  await problemOf(await service.ask('/jobs?limt=3'), 422, 'REQUEST_INVALID');
  await problemOf(await service.ask('/jobs/%zz'), 400, 'REQUEST_UNREADABLE');
});

suite('the OpenAPI document', () => {
  test('is valid', async () => {
    assert.deepEqual(await validateOpenapi(await (await service.ask('/openapi.json')).text()), []);
  });

  long('is what the client’s types are made from', async () => {
    // Loading the compiler that makes them costs more than all other tests of the document.
    const { clientTypes } = await import('../../scripts/openapi-client/make.ts');
    const text = await (await service.ask('/openapi.json')).text();
    const known = await readFile(join(import.meta.dirname, 'api.d.ts'), 'utf8');
    assert.ok(known === (await clientTypes(text)), 'npm run api-types makes them anew');
  });

  test('is shown by a page that loads nothing from elsewhere', async () => {
    const page = await service.ask('/docs/');
    assert.match(page.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'self'/);
    const links = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
    assert.ok(links.length > 3);
    for (const link of links) {
      const url = new URL(link, `${service.url}/docs/`);
      assert.equal(url.origin, service.url);
      assert.equal((await fetch(url)).status, 200, link);
    }
  });
});

test('the log of the service is JSON lines, with request ids and without secrets', async () => {
  const answer = await service.ask('/jobs?cursor=SECRETSECRET');
  const lines = () => service.running.heard().trim().split('\n');
  const id = answer.headers.get('x-request-id') ?? '?';
  await service.running.says(new RegExp(id));
  for (const line of lines()) assert.equal(typeof JSON.parse(line), 'object');
  assert.ok(!service.running.heard().includes('SECRET'));
});

test('GET /quality says how good the sessions are', async () => {
  const query = { ticker: 'SPX', endpoint: 'gex_zero', from: '2025-10-20', to: '2025-10-24' };
  const { data } = await client.GET('/quality', { params: { query } });
  const printed = await lake.json<object>([
    'quality',
    '--ticker',
    'SPX',
    '--endpoint',
    'gex_zero',
    '--from',
    '2025-10-20',
    '--to',
    '2025-10-24',
  ]);
  assert.deepEqual({ ...data, as_of: '', computed: null }, { ...printed, as_of: '' });
  assert.ok((data?.sessions.length ?? 0) > 0);
  await problemOf(await service.ask('/quality?month=2025-10'), 422, 'REQUEST_INVALID');
});

test('GET /coverage says which sessions are here', async () => {
  const query = { ticker: 'SPX', endpoint: 'zero', from: '2025-10-22', to: '2025-10-23', as_of: '2025-10-24' };
  const { data } = await client.GET('/coverage', { params: { query } });
  assert.deepEqual(
    data?.rows.map(({ session_date, state }) => [session_date, state]),
    [
      ['2025-10-22', 'partial'],
      ['2025-10-23', 'missing'],
    ],
  );
  assert.equal(data?.counts.partial, 1);
  await problemOf(await service.ask('/coverage?month=2025-13'), 422, 'REQUEST_INVALID');
  await problemOf(await service.ask('/coverage?month=2025-10&from=2025-10-01'), 400, 'USAGE');
});
