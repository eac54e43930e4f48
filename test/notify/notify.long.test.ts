import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { calendarDay } from '../../src/core/calendar.ts';
import { vendorKeeps_days, type Coverage } from '../../src/core/coverage.ts';
import type { Notice } from '../../src/core/notices.ts';
import { formatDay, NewYorkDays } from '../../src/core/session.ts';
import { errorOf, makeLake, type Lake } from '../support/gexlake.ts';
import { putSession } from '../support/sessions.ts';
import { long } from '../support/shares.ts';

type Heard = { readonly matter: string; readonly state: string; readonly title: string };

/** Somebody who is told: hears what is posted to a path that only friends know. */
async function startReceiver(context: TestContext) {
  const heard: Heard[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (status === 200) heard.push(JSON.parse(body) as Heard);
      response.writeHead(request.url === '/only-friends' ? status : 404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/only-friends`;
  return { heard, url, answer: (code: number) => (status = code) };
}

/** The sessions between two that lie so many days back, of which the first is here: the vendor keeps them for few days more. */
function sessionsAbout(days: number): string[] {
  const today = new NewYorkDays().dayOf(Date.now() / 1000);
  const all = Array.from({ length: days }, (_, at) => today - vendorKeeps_days + 1 + at);
  return all.filter((day) => calendarDay(day).kind !== 'closed').map(formatDay);
}

const env = (url: string) => ({
  env: { GEXLAKE_NOTIFY: `json+${url}`, GEXLAKE_URGENT_DAYS: '9', GEXLAKE_DISK_LOW_GB: '0' },
});

const byText = (left: string, right: string) => (left < right ? -1 : 1);

async function check(lake: Lake, url: string) {
  return lake.run(['notify', 'check'], env(url));
}

long('a day that is about to be lost is told once, and that it is here when it is', async (context) => {
  const [lake, receiver] = [await makeLake(context), await startReceiver(context)];
  const [first, ...missing] = sessionsAbout(8) as [string, ...string[]];
  await lake.import([await putSession(lake, 'SPX', first)]);
  const urgent = await lake.run(['coverage', '--urgent', '--to', missing.at(-1) ?? first, '--json'], env(receiver.url));
  assert.equal(urgent.exitCode, 1);
  assert.deepEqual(
    (JSON.parse(urgent.stdout) as Coverage).rows.map(({ session_date }) => session_date),
    missing,
  );
  receiver.answer(500);
  const refused = await check(lake, receiver.url);
  assert.deepEqual([refused.exitCode, receiver.heard], [1, []]);
  assert.doesNotMatch(refused.stdout + refused.stderr, /only-friends/);
  receiver.answer(200);
  await check(lake, receiver.url);
  await check(lake, receiver.url);
  const told = () => receiver.heard.filter(({ matter }) => missing.includes(matter.split(':')[1] ?? ''));
  assert.deepEqual(
    told()
      .map(({ matter, state }) => `${matter} ${state}`)
      .toSorted(byText),
    missing.map((date) => `day_at_risk:${date} raised`),
  );
  const [date] = missing as [string];
  await lake.import([await putSession(lake, 'SPX', date)]);
  const over = await check(lake, receiver.url);
  assert.equal(over.exitCode, 0);
  assert.deepEqual(
    told()
      .slice(missing.length)
      .map(({ matter, state }) => [matter, state]),
    [[`day_at_risk:${date}`, 'cleared']],
  );
  const noted = JSON.parse((await lake.run(['notify', 'list', '--json'], env(receiver.url))).stdout) as Notice[];
  assert.ok(noted.find(({ matter }) => matter === `day_at_risk:${date}`)?.cleared_at !== null);
  assert.doesNotMatch(JSON.stringify(noted), /only-friends/);
  const shown = await lake.run(['config', 'show'], env(receiver.url));
  assert.doesNotMatch(shown.stdout, /only-friends/);
});

long('verify --notify tells what is wrong, and when it is well again', async (context) => {
  const [lake, receiver] = [await makeLake(context), await startReceiver(context)];
  const [first] = sessionsAbout(8) as [string];
  await lake.import([await putSession(lake, 'SPX', first)]);
  const verify = () =>
    lake.run(['verify', '--notify'], { env: { ...env(receiver.url).env, GEXLAKE_URGENT_DAYS: '0' } });
  const states = () => receiver.heard.filter(({ matter }) => matter === 'verify_failed').map(({ state }) => state);
  await verify();
  assert.deepEqual(states(), []);
  const [file] = await lake.files('parquet');
  const path = `${lake.folder}/parquet/${file}`;
  await chmod(path, 0o644);
  assert.equal((await verify()).exitCode, 6);
  await verify();
  await chmod(path, 0o444);
  assert.equal((await verify()).exitCode, 0);
  assert.deepEqual(states(), ['raised', 'cleared']);
});

long('a test goes to everybody, and names those who do not take it by their host alone', async (context) => {
  const [lake, receiver] = [await makeLake(context), await startReceiver(context)];
  const both = { env: { GEXLAKE_NOTIFY: `${receiver.url},json+${receiver.url}-wrong` } };
  const ran = await lake.run(['notify', 'test'], both);
  assert.equal(ran.exitCode, 4);
  assert.equal(receiver.heard[0]?.matter, 'test');
  assert.match(ran.stdout, /could not be told: it answered 404/);
  assert.doesNotMatch(ran.stdout + ran.stderr, /only-friends/);
  const shown = await lake.run(['config', 'show'], both);
  assert.ok(shown.stdout.includes(`json+${new URL(receiver.url).origin}/…`), shown.stdout);
  const none = await lake.run(['notify', 'test', '--json']);
  assert.equal(errorOf(none).code, 'USAGE');
});
