import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeLake } from '../support/gexlake.ts';
import { startOrigin } from '../support/origin.ts';
import { follow, startService, type SeenEvent } from '../support/service.ts';
import type { ShownJob } from '../../src/server/job-schemas.ts';

const folder = join(import.meta.dirname, '../../../shared/samples');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : [];
const skip = files.length === 0 ? `there are no captured samples in ${folder}` : false;

const origin = await startOrigin();
after(() => origin.close());

type Job = Pick<ShownJob, 'id' | 'status' | 'ticker' | 'skipped' | 'skipped_as'>;

const jobOf = (event: SeenEvent) => event.data['job'] as Job;

test(
  'six sample files over HTTP: posted, followed to their end, published; and skipped when they come again',
  { skip },
  async (context) => {
    for (const file of files) origin.serve(`/${file}`, { body: readFileSync(join(folder, file)) });
    const lake = await makeLake(context);
    const service = await startService(context, lake, {
      env: { GEXLAKE_SOURCE_ALLOW: origin.origin },
      args: ['--workers', '2'],
    });
    const follower = await follow(service);
    const round = async () => {
      const ids = await Promise.all(
        files.map(async (file) => {
          const answer = await service.post('/gex_history_url', { url: `${origin.url(`/${file}`)}?sig=SECRET` });
          assert.equal(answer.status, 202);
          return ((await answer.json()) as Job).id;
        }),
      );
      const ends = ids.map((id) =>
        follower.until(
          (event) =>
            event.name === 'job' && jobOf(event).id === id && /completed|skipped|failed/.test(jobOf(event).status),
        ),
      );
      return (await Promise.all(ends)).map(jobOf);
    };

    const first = await round();
    assert.deepEqual(
      first.map((job) => job.status),
      files.map(() => 'completed'),
    );
    assert.deepEqual(first.map((job) => job.ticker ?? '').sort(), ['AAPL', 'IWM', 'NDX', 'QQQ', 'SPX', 'SPY']);
    const second = await round();
    assert.deepEqual(
      second.map(({ status, skipped }) => [status, skipped]),
      files.map(() => ['skipped', true]),
    );
    assert.deepEqual(
      second.map((job) => job.skipped_as),
      first.map((job) => job.id),
    );

    assert.equal(follower.seen[0]?.name, 'snapshot');
    const ids = follower.seen.flatMap(({ id }) => id ?? []);
    assert.deepEqual(
      ids,
      [...new Set(ids)].sort((left, right) => left - right),
    );
    assert.ok(follower.seen.some((event) => event.name === 'progress'));
    assert.ok(!JSON.stringify(follower.seen).includes('SECRET'));

    // Whoever lost the connection goes on where it was.
    const middle = ids[Math.floor(ids.length / 2)] ?? 0;
    const resumed = await follow(service, middle);
    await resumed.until((event) => event.id === ids.at(-1));
    assert.deepEqual(
      resumed.seen.filter((event) => event.id !== null).map((event) => event.id),
      ids.filter((id) => id > middle),
    );
    resumed.close();
    const { ended } = follower;
    const ran = await service.stop();
    assert.equal(ran.exitCode, 0, ran.stderr);
    await ended;
    assert.equal(follower.seen.at(-1)?.name, 'closing');
    const [counted] = await lake.query('SELECT count(DISTINCT ticker)::INTEGER AS tickers FROM snapshots');
    assert.equal(counted?.['tickers'], 6);
  },
);
