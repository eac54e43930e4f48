import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readDatabase } from '../support/duckdb.ts';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { record, records } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';
import { problemOf, startService, type RunningService } from '../support/service.ts';
import { long, oneOf, test } from '../support/shares.ts';

/* Callers that were written for another program of this kind, or by hand, send what they have always sent. */

const owner = lastFirst({ after });
const origin = await startOrigin();
owner.after(() => origin.close());
const lake = await makeLake(owner);
const extension = 'chrome-extension://abcdefghijklmnopabcdefghijklmnop';
const env = {
  GEXLAKE_SOURCE_ALLOW: origin.origin,
  GEXLAKE_CORS_ORIGINS: `https://www.gexbot.com,${extension},moz-extension://6f1c3c1e-0f5e-4b7e-9d0a-0123456789ab`,
  GEXLAKE_MAX_UPLOAD_MB: '1',
};
const service = await startService(owner, lake, { env });
const path = '/gex_history_url';

type Answered = {
  readonly id: string;
  readonly url: string;
  readonly ticker: string;
  readonly endpoint: string;
  readonly session_date: string | null;
  readonly status: string;
  readonly records_processed: number | null;
  readonly staged_path: string | null;
  readonly error: { readonly code: string } | null;
};

/** A URL at the origin that serves so many records, under a name of its own unless one is given. */
function serve(name: string, content: unknown = records(5)): string {
  origin.serve(`/${name}`, { body: JSON.stringify(content) });
  return `${origin.origin}/${name}`;
}

async function answered(answer: Response): Promise<Answered> {
  assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
  return (await answer.json()) as Answered;
}

async function send(
  body: string | object,
  headers: Readonly<Record<string, string>> = {},
  at = path,
): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  // From bytes no content type is made up by the client.
  return service.ask(at, { method: 'POST', body: Buffer.from(text), headers });
}

suite('a request', () => {
  const body = { url: serve('a.json'), ticker: 'SPX', endpoint: 'zero' };

  test('with a slash behind the path', async () => {
    const job = await answered(await send(body, { 'content-type': 'application/json' }, `${path}/`));
    assert.equal((await service.ask(`/jobs/${job.id}/`)).status, 200);
    assert.equal((await service.ask('/health/')).status, 200);
    assert.equal((await service.ask(`${path}/`)).headers.get('allow'), 'POST');
    assert.equal((await service.ask(`${path}//`)).status, 404);
  });

  const types = [
    undefined,
    'application/x-www-form-urlencoded',
    'application/json;charset=UTF-8',
    'text/plain;charset=UTF-8',
  ];
  for (const type of types) {
    test(`of JSON with the content type ${type}`, async () => {
      const job = await answered(await send(body, type === undefined ? {} : { 'content-type': type }));
      assert.equal(job.ticker, 'SPX');
    });
  }

  test('of another type, or of a form that is one', async () => {
    await problemOf(await send(body, { 'content-type': 'application/xml' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    await problemOf(await send('url=https%3A%2F%2Fhist.gex.bot%2Fx', form), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  const ways: readonly (readonly [object, string, string])[] = [
    [{ underlying: 'ndx', endpoint: 'GEX_ZERO' }, 'NDX', 'gex_zero'],
    [{ ticker: ' nq_ndx ', gex_type: ' Zero ' }, 'NQ_NDX', 'gex_zero'],
    [
      { ticker: null, symbol: '', underlying: 'es_spx', endpoint: null, type: 'Classic Gex Full' },
      'ES_SPX',
      'gex_full',
    ],
    [{ ticker: 'spx', endpoint: '  ', type: 'STATE/GAMMA_ONE', date: null }, 'SPX', 'state_gamma_one'],
    [{ path: '/hist/ndx/classic/gex_zero' }, 'NDX', 'gex_zero'],
    [{ path: 'https://api.gex.bot/v2/hist/SPX/state/gamma_zero/2025-10-22?noredirect' }, 'SPX', 'state_gamma_zero'],
    [{ path: '/HIST/SPX/Classic/GEX_ONE/', ticker: 'NDX' }, 'NDX', 'gex_one'],
  ];
  for (const [at, [fields, ticker, endpoint]] of ways.entries()) {
    oneOf(3, at)(`with ${JSON.stringify(fields)}`, async () => {
      const job = await answered(await send({ url: serve(`ways-${at}.json`), ...fields }));
      assert.deepEqual([job.ticker, job.endpoint], [ticker, endpoint]);
    });
  }

  test('with its URL as source or path', async () => {
    for (const name of ['source', 'path']) {
      const job = await answered(await send({ [name]: serve(`${name}.json`), ticker: 'SPX', endpoint: 'zero' }));
      assert.match(job.url, new RegExp(`/${name}\\.json$`));
    }
  });

  for (const given of [
    '/hist/NDX/classic/gex_zero',
    'hist/ndx/Classic/gex_zero/2025-10-22',
    'https://api.gex.bot/v2/hist/NDX/classic/gex_zero',
  ]) {
    for (const name of ['url', 'source', 'path'])
      test(`with only a path of the vendor's API, ${given} as ${name}: what to do`, async () => {
        const problem = await problemOf(await send({ [name]: given }), 422, 'SOURCE_NOT_ALLOWED');
        assert.match(problem.detail, /\/hist\/NDX\/classic\/gex_zero is a path of the vendor's API for NDX gex_zero/);
        assert.match(problem.hint ?? '', /https:\/\/api\.gex\.bot\/v2\/hist\/NDX\/classic\/gex_zero\/.*noredirect/);
      });
  }

  test('without any source', async () => {
    await problemOf(await send({ ticker: 'SPX', endpoint: 'zero' }), 422, 'REQUEST_INVALID');
    await problemOf(await send({ url: null, raw_body: null, ticker: 'SPX' }), 422, 'REQUEST_INVALID');
    await problemOf(
      await send({ url: '../../etc/passwd', ticker: 'SPX', endpoint: 'zero' }),
      422,
      'SOURCE_NOT_ALLOWED',
    );
  });
});

suite('records in the request itself', () => {
  const fields = { ticker: 'SPX', endpoint: 'gex_full' };

  long('as JSON and as the text of a file: published, staged, and nothing left in the inbox', async () => {
    const asJson = await answered(
      await send({ ...fields, date: '2025-10-22', raw_body: records(20) }, {}, `${path}?wait=60`),
    );
    assert.deepEqual([asJson.status, asJson.records_processed, asJson.session_date], ['completed', 20, '2025-10-22']);
    assert.equal(asJson.url, '2025-10-22_SPX_classic_gex_full.json');
    assert.equal(asJson.staged_path, 'source/gexbot/2025-10-22_SPX_classic_gex_full.json');
    const asText = await answered(
      await send({ ...fields, raw_body: JSON.stringify(records(30)) }, {}, `${path}?wait=60`),
    );
    assert.deepEqual([asText.status, asText.records_processed], ['completed', 10]);
    assert.deepEqual(await lake.files('.inbox'), []);
  });

  long('keep every digit, whatever stands around them', async () => {
    const digits = '{"timestamp":1761139800,"ticker":"NDX","spot":1.10,"big":9007199254740993,"text":"a,\\"}]"}';
    const text = `{ "note" : "raw_body\\": [1]" , "raw_body" : [ ${digits} ] ,"ticker":"NDX", "endpoint":"zero"}`;
    const job = await answered(await send(text, {}, `${path}?wait=60`));
    assert.equal(job.status, 'completed', JSON.stringify(job.error));
    const [row] = await lake.query(
      "SELECT extra->>'big' AS big, extra->>'text' AS text FROM snapshots WHERE ticker = 'NDX'",
    );
    assert.deepEqual(row, { big: '9007199254740993', text: 'a,"}]' });
  });

  long('with a URL they are of that file, which is not fetched', async () => {
    const url = 'https://hist.gex.bot/2025-10-23_SPX_classic_gex_zero.json?sig=TOPSECRET1';
    const moved = Array.from({ length: 3 }, (_, at) => record(at + 86_400));
    const job = await answered(await send({ url, raw_body: moved }, {}, `${path}?wait=60`));
    assert.deepEqual([job.status, job.session_date], ['completed', '2025-10-23']);
    const told = await (await service.ask(`/jobs/${job.id}`)).text();
    assert.match(told, /the request brought the records, of https:\/\/hist\.gex\.bot\//);
    assert.ok(!told.includes('TOPSECRET1') && !told.includes(lake.folder));
  });

  long('under the same key are the same job, once', async () => {
    const key = { 'idempotency-key': 'upload-1' };
    const body = {
      ...fields,
      date: '2025-10-24',
      raw_body: Array.from({ length: 3 }, (_, at) => record(at + 2 * 86_400)),
    };
    const first = await answered(await send(body, key, `${path}?wait=60`));
    const again = await answered(await send(body, key));
    assert.equal(again.id, first.id);
    assert.deepEqual(await lake.files('.inbox'), []);
    const other = { ...body, ticker: 'NDX' };
    await problemOf(await send(other, key), 422, 'IDEMPOTENCY_CONFLICT');
    assert.deepEqual(await lake.files('.inbox'), []);
  });

  test('are refused where they are too large, or nobody says what they are', async () => {
    const large = 'x'.repeat(1024 ** 2 + 1);
    await problemOf(await send({ ...fields, raw_body: large }), 413, 'BODY_TOO_LARGE');
    await problemOf(await send({ ...fields, raw_body: large.repeat(3) }), 413, 'BODY_TOO_LARGE');
    await problemOf(await send({ ...fields, note: 'x'.repeat(70_000) }), 413, 'BODY_TOO_LARGE');
    await problemOf(await send({ raw_body: records(1) }), 422, 'SOURCE_UNIDENTIFIED');
    assert.deepEqual(await lake.files('.inbox'), []);
  });

  test('are no way to a local file', async () => {
    for (const url of [
      '/etc/2025-10-22_SPX_classic_gex_zero.json',
      'file:///etc/2025-10-22_SPX_classic_gex_zero.json',
      '.inbox/x.json',
    ])
      await problemOf(await send({ url, ...fields }), 422, 'SOURCE_NOT_ALLOWED');
    const odd = await answered(
      await send(
        { url: '/etc/2025-10-22_NDX_classic_gex_one.json', raw_body: [record(0, { ticker: 'NDX' })] },
        {},
        `${path}?wait=60`,
      ),
    ).catch((error: unknown) => String(error));
    // A path beside the records is only their name, or it is refused; it is never read.
    assert.ok(
      typeof odd === 'string' ? odd.includes('SOURCE_NOT_ALLOWED') : odd.url === '2025-10-22_NDX_classic_gex_one.json',
    );
  });
});

test('pages of a browser’s extension may ask, if an operator allows them', async () => {
  const body = { url: serve('extension.json'), ticker: 'SPX', endpoint: 'zero' };
  const answer = await send(body, { origin: extension });
  assert.equal(answer.headers.get('access-control-allow-origin'), extension);
  await answered(answer);
  for (const foreign of [
    'chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba',
    'moz-extension://localhost',
    `x://${URL.parse(service.url)?.host}`,
  ])
    await problemOf(await send(body, { origin: foreign }), 403, 'FORBIDDEN');
});

test('the time of the last import is told by ticker, too', async () => {
  const told = /^gex_last_import_timestamp\{ticker="SPX"\} 1\d{9}(?:\.\d+)?$/m;
  let text = '';
  // What was asked for before may still be on its way.
  for (let asked = 0; asked < 200 && !told.test(text); asked++) {
    if (asked > 0) await pause(100);
    text = await (await service.ask('/metrics')).text();
  }
  assert.match(text, told);
});

long('a URL that is signed anew while its job waits is the one that is fetched', async (context) => {
  const own = lastFirst(context);
  const desk = await makeLake(own);
  const file = '2025-10-22_SPX_classic_gex_zero.json';
  // A job that never ends keeps the only worker from the others.
  let release: (value?: unknown) => void = () => undefined;
  const stallUntil = new Promise((resolve) => (release = resolve));
  const busy = '2025-10-20_SPX_classic_gex_zero.json';
  origin.serve(`/${busy}`, { body: JSON.stringify(records(5)), stallAfter: 1, stallUntil });
  const single: RunningService = await startService(own, desk, { env });
  own.after(async () => release());
  await single.post(path, { url: origin.url(`/${busy}`) });
  while ((await desk.jobs(['--status', 'started'])).length === 0);

  serve(file, records(7));
  const url = `${origin.origin}/${file}`;
  const first = await answered(await single.post(path, { url: `${url}?se=1&sig=FIRST` }));
  const again = await single.post(path, { url: `${url}?se=2&sig=SECOND`, page: 'x' });
  assert.equal(again.status, 202);
  assert.equal(((await again.json()) as Answered).id, first.id);
  // Another file by what its path says is another job; so is one whose name does not say what it is.
  const other = await answered(await single.post(path, { url: `${url.replace('22', '21')}?se=2&sig=SECOND` }));
  assert.notEqual(other.id, first.id);
  const unnamed = { ticker: 'SPX', endpoint: 'zero', date: '2025-10-22' };
  const [one, two] = [
    await answered(await single.post(path, { url: `${origin.origin}/get?file=1`, ...unnamed })),
    await answered(await single.post(path, { url: `${origin.origin}/get?file=2`, ...unnamed })),
  ];
  assert.notEqual(one.id, two.id);

  const told = await (await single.ask(`/jobs/${first.id}`)).text();
  assert.match(told, /"event":"renewed"/);
  assert.ok(!told.includes('FIRST') && !told.includes('SECOND'));
  const [kept] = await readUrls(desk.folder, first.id);
  assert.equal(kept, `${url}?se=2&sig=SECOND`);
});

async function readUrls(folder: string, id: string): Promise<unknown[]> {
  const rows = await readDatabase(`${folder}/gex_history.db`, `SELECT url FROM import_jobs WHERE id = '${id}'`);
  return rows.map((row) => row['url']);
}
