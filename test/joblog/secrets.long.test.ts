import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { editLog } from '../support/duckdb.ts';
import { dayImported } from '../support/day-imported.ts';
import { lastFirst, makeLake } from '../support/gexlake.ts';
import { name, put, records } from '../support/records.ts';
import { startOrigin } from '../support/origin.ts';
import { follow, startService } from '../support/service.ts';
import { long, oneOf } from '../support/shares.ts';

/* A log that an older version has written holds secrets where this one writes none; and what was saved is not always data. */

const secret = 'TOPSECRET1';
const owner = lastFirst({ after });
const { lake, made: imported } = await dayImported(owner);
const signed = `https://hist.gex.bot/${name}?sv=1&sig=${secret}`;
const encoded = `${name}%3Fsv%3D1%26sig%3D${secret}`;

async function rewriteLog(statement: string): Promise<void> {
  await editLog(join(lake.folder, 'gex_history.db'), statement);
}

const [failed] = await lake.import([await put(lake.desk, name.replace('SPX', 'NDX'), '[]')]);
await rewriteLog(`
  UPDATE import_jobs SET url = '${signed}', staged_path = 'source/gexbot/${encoded}', actor = 'gexbot_custom_${secret}',
    last_error = 'DOWNLOAD_DENIED: ${signed.replace('https://', '')} answered 403; hist.gex.bot/${encoded}', reason = 'Bearer ${secret}',
    error = '{"code":"DOWNLOAD_DENIED","message":"${signed} answered 403","hint":"see ${encoded}"}',
    target = '{"kind":"migration","path":"/x/${encoded}"}'
  WHERE id = '${failed?.job_id}';
  INSERT INTO job_events SELECT '${failed?.job_id}', now()::TIMESTAMP, 'ana', 'noted', 'sig=${secret} of ${encoded}',
    (SELECT max(number) + 1 FROM job_events), '{"path":"${signed}"}';
  INSERT INTO job_requests SELECT '${failed?.job_id}', 'http', 'Bearer ${secret}',
    '{"ticker":"SPX","token":"${secret}","headers":{"X-Any":"${secret}"},"key":["${secret}"],"note":"see ${encoded}"}', now()::TIMESTAMP;
  INSERT INTO job_requests SELECT '${imported.job_id}', 'http', NULL, NULL, now()::TIMESTAMP;
`);

const commands = [
  ['jobs'],
  ['jobs', 'show', failed?.job_id ?? ''],
  ['jobs', '--status', 'failed'],
  ['jobs', 'retry', failed?.job_id ?? ''],
  ['jobs', 'cancel', failed?.job_id ?? ''],
  ['query', 'SELECT * FROM import_jobs', '--csv'],
  ['query', 'SELECT * FROM job_events'],
  ['query', 'SELECT * FROM job_requests'],
  ['reconcile', '--out', '-'],
  ['verify'],
  ['repair'],
  ['prune'],
  ['coverage'],
];
for (const [at, args] of commands.entries()) {
  oneOf(8, at)(`an old log: ${args.slice(0, 2).join(' ')}`, async () => {
    const forms = args.includes('--csv') || args.includes('-') ? [args] : [args, [...args, '--json']];
    for (const form of forms) {
      const { stdout, stderr } = await lake.run(form);
      assert.doesNotMatch(stdout + stderr, new RegExp(secret));
    }
  });
}

long('an old log: what a request said is shown without its secrets', async () => {
  const rows = await lake.query('SELECT fields FROM job_requests WHERE fields IS NOT NULL');
  assert.deepEqual(JSON.parse(String(rows[0]?.['fields'])), {
    ticker: 'SPX',
    token: '…',
    headers: '…',
    key: '…',
    note: `see ${name}?…`,
  });
  const [counted] = await lake.query('SELECT count(*) AS requests FROM job_requests');
  assert.equal(counted?.['requests'], 2);
});

long('an old log: over HTTP', async (context) => {
  const service = await startService(context, lake);
  const told: string[] = [];
  for (const path of [`/jobs/${failed?.job_id}`, '/jobs', '/files', '/coverage', '/health', '/metrics'])
    told.push(await (await service.ask(path)).text());
  for (const path of [`/x/${encoded}`, `/jobs/gexbot_custom_${secret}`, `/jobs?limit=sig=${secret}`])
    told.push(await (await service.ask(path)).text());
  told.push(await (await service.post(`/jobs/${failed?.job_id}/retry`)).text());
  told.push(await (await service.post('/gex_history_url', { url: encoded })).text());
  const follower = await follow(service, 1);
  await follower.until(({ data }) => JSON.stringify(data).includes('"noted"'));
  told.push(JSON.stringify(follower.seen));
  follower.close();
  await service.stop();
  assert.doesNotMatch(told.join('\n') + service.running.heard(), new RegExp(secret));
});

long('an answer with a signed URL that was saved as a file is no data and is not kept', async (context) => {
  const other = await makeLake(context);
  const answers = [
    JSON.stringify({ url: signed }),
    JSON.stringify([{ url: signed }]),
    JSON.stringify({ data: { url: signed, token: secret } }),
    JSON.stringify([{ ...records(1)[0], timestamp: null, note: `Bearer ${secret}` }]),
  ];
  for (const [at, answer] of answers.entries()) {
    const file = await put(other.desk, name.replace('22', String(10 + at)), answer);
    const [result] = await other.import([file]);
    assert.equal(result?.status, 'failed');
    assert.equal(result?.staged_path, null);
    assert.doesNotMatch(JSON.stringify(result), new RegExp(secret));
  }
  assert.deepEqual(await other.files('source'), []);
  const verified = await other.json<{ ok: boolean }>(['verify']);
  assert.equal(verified.ok, true);
  // What failed for another reason stays, to be looked at.
  const [kept] = await other.import([await put(other.desk, name, JSON.stringify([{ ...records(1)[0], spot: null }]))]);
  assert.equal(kept?.status, 'failed');
  assert.equal((await other.files('source')).length, 1);
});

long('a file that was saved under its whole URL is staged without the query', async (context) => {
  const other = await makeLake(context);
  for (const [at, saved] of [`?sv=1&sig=${secret}`, `%3Fsv%3D1%26sig%3D${secret}`].entries()) {
    const file = await put(other.desk, name.replace('22', String(20 + at)) + saved, JSON.stringify(records(5 + at)));
    const { stdout, stderr } = await other.run(['import', file, '--json', '--date', '2025-10-22']);
    assert.doesNotMatch(stdout + stderr, new RegExp(secret));
  }
  assert.deepEqual(
    (await other.files('source')).map((path) => path.split('/').at(-1)),
    [name.replace('22', '20'), name.replace('22', '21')],
  );
});

long('a URL on the command line is not in the list of processes while the command runs', async (context) => {
  const own = lastFirst(context);
  const other = await makeLake(own);
  let release: (value?: unknown) => void = () => undefined;
  const stallUntil = new Promise((resolve) => (release = resolve));
  const origin = await startOrigin({ [`/${name}`]: { body: JSON.stringify(records(5)), stallAfter: 1, stallUntil } });
  own.after(() => origin.close());
  const source = `${origin.url(`/${name}`)}?sig=${secret}`;
  const running = other.start(['import', source], { env: { GEXLAKE_SOURCE_ALLOW: origin.origin } });
  await running.says(/"event":"job"/);
  const line = await readFile(`/proc/${running.child.pid}/cmdline`, 'utf8').catch(() => null);
  release();
  const { exitCode, stderr } = await running.ended;
  assert.equal(exitCode, 0, stderr);
  if (line === null) context.skip('there is no /proc here');
  else assert.match(line, /^gexlake import http.*\?…/);
  assert.doesNotMatch(line ?? '', new RegExp(secret));
});
