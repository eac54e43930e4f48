import assert from 'node:assert/strict';
import { after, suite } from 'node:test';
import { errorOf, makeLake, only, type Lake } from '../support/gexlake.ts';
import { runOn } from '../support/duckdb.ts';
import { recordsOf } from '../support/records.ts';
import { startOrigin, type Served } from '../support/origin.ts';
import { follow, generous, problemOf, startService, type RunningService } from '../support/service.ts';
import { long, test } from '../support/shares.ts';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

const origin = await startOrigin();
after(() => origin.close());
const env = { GEXLAKE_SOURCE_ALLOW: origin.origin };

const tickers = ['SPX', 'QQQ', 'IWM'];

/** Posts one job for each ticker; the first one's download stalls in the middle, for so many requests. */
async function postThree(service: RunningService, how: Served): Promise<string[]> {
  const ids: string[] = [];
  for (const [at, ticker] of tickers.entries()) {
    const path = `/${ids.length}-${Math.random()}/2025-10-22_${ticker}_classic_gex_zero.json`;
    const body = JSON.stringify(recordsOf(ticker, 40));
    origin.serve(path, at === 0 ? { body, etag: '"1"', ranges: true, stallAfter: 900, ...how } : { body });
    const answer = await service.post('/gex_history_url', { url: origin.url(path) });
    ids.push(((await answer.json()) as { id: string }).id);
  }
  return ids;
}

/** Works off what is left, and makes sure that each job was published once. */
async function mustBeWhole(lake: Lake, ids: readonly string[]): Promise<void> {
  const service = await startService({ after }, lake, { env });
  for (const id of ids) {
    for (;;) {
      const { status } = await service.get<{ status: string }>(`/jobs/${id}`);
      if (status === 'completed') break;
      assert.ok(status === 'pending' || status === 'started', status);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  assert.equal((await service.stop()).exitCode, 0);
  await mustBeThere(lake, ids);
}

async function mustBeThere(lake: Lake, ids: readonly string[]): Promise<void> {
  const rows = await lake.query('SELECT ticker, count(*)::INTEGER AS records FROM snapshots GROUP BY 1');
  assert.deepEqual(
    new Map(rows.map((row) => [row['ticker'], row['records']])),
    new Map(tickers.map((ticker) => [ticker, 40])),
  );
  assert.deepEqual((await lake.jobs()).map((job) => job.id).sort(), [...ids].sort());
}

suite('a service that is stopped in the middle of an import', () => {
  long('by SIGTERM: finishes the import, takes no work, closes streams, exits 0', async (context) => {
    const lake = await makeLake(context);
    const limits = JSON.stringify({ ...(JSON.parse(generous) as object), stall_timeout_ms: 2_000 });
    const service = await startService(context, lake, { env: { ...env, GEXLAKE_LIMITS: limits } });
    const follower = await follow(service);
    const ids = await postThree(service, {});
    await follower.until(({ name, data }) => name === 'progress' && data['step'] === 'download');
    service.running.child.kill('SIGTERM');
    await service.running.says(/finishing what runs/);
    await follower.ended;
    await problemOf(await service.post('/gex_history_url', { url: 'https://hist.gex.bot/x' }), 503, 'SHUTTING_DOWN');
    assert.equal((await service.ask('/health')).status, 503);
    const { exitCode } = await service.running.ended;
    assert.equal(exitCode, 0);
    assert.deepEqual((await lake.jobs()).map((job) => job.status).sort(), ['completed', 'pending', 'pending']);
    assert.equal((await lake.run(['run'], { env })).exitCode, 0);
    await mustBeThere(lake, ids);
  });

  long('by SIGTERM, with an import that does not end within the limit: it is pending again', async (context) => {
    const lake = await makeLake(context);
    const limits = JSON.stringify({ ...(JSON.parse(generous) as object), shutdown_ms: 200 });
    const service = await startService(context, lake, { env: { ...env, GEXLAKE_LIMITS: limits } });
    const follower = await follow(service);
    const ids = await postThree(service, { stallTimes: 1 });
    await follower.until(({ name, data }) => name === 'progress' && data['step'] === 'download');
    assert.equal((await service.stop()).exitCode, 0);
    assert.deepEqual(
      (await lake.jobs()).map((job) => job.status),
      ['pending', 'pending', 'pending'],
    );
    await mustBeWhole(lake, ids);
  });

  long('by two interrupts: ends at once with 130, and nothing is lost', async (context) => {
    const lake = await makeLake(context);
    const service = await startService(context, lake, { env });
    const follower = await follow(service);
    const ids = await postThree(service, {});
    await follower.until(({ name, data }) => name === 'progress' && data['step'] === 'download');
    service.running.child.kill('SIGINT');
    await service.running.says(/finishing what runs/);
    assert.equal((await service.stop('SIGINT')).exitCode, 130);
    await mustBeWhole(lake, ids);
  });

  long('by SIGKILL: the next start recovers it', async (context) => {
    const lake = await makeLake(context);
    const service = await startService(context, lake, { env });
    const follower = await follow(service);
    const ids = await postThree(service, {});
    await follower.until(({ name, data }) => name === 'progress' && data['step'] === 'download');
    const running = only(await lake.jobs(['--status', 'started']));
    follower.close();
    await service.stop('SIGKILL');
    // The importer too, as when the machine goes down.
    process.kill(Number(running.owner?.split(':')[1]), 'SIGKILL');
    await mustBeWhole(lake, ids);
  });
});

suite('a service that cannot start says why', () => {
  long('a port that is taken', async (context) => {
    const lake = await makeLake(context);
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    context.after(() => other.close());
    const { port } = other.address() as AddressInfo;
    const ran = await lake.run(['serve', '--port', String(port), '--json']);
    assert.deepEqual([ran.exitCode, errorOf(ran).code], [1, 'PORT_TAKEN']);
    const nowhere = await lake.run(['serve', '--host', '192.0.2.1', '--json'], {
      env: { GEXLAKE_TOKENS: `a:viewer:${'0'.repeat(64)}` },
    });
    assert.deepEqual([nowhere.exitCode, errorOf(nowhere).code], [1, 'ADDRESS_UNUSABLE']);
  });

  long('an address that others can reach, without tokens', async (context) => {
    const lake = await makeLake(context);
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com']) {
      const ran = await lake.run(['serve', '--host', host, '--json']);
      assert.deepEqual([ran.exitCode, errorOf(ran).code], [2, 'CONFIG_INVALID']);
    }
  });

  test(
    'a folder that cannot be written into',
    { skip: process.getuid?.() !== 0 && 'needs to be another user' },
    async (context) => {
      const lake = await makeLake(context);
      await mkdir(lake.folder);
      for (const path of [join(lake.folder, '..'), lake.desk]) await chmod(path, 0o755);
      const ran = await lake.spawn(['serve', '--port', '0', '--json'], { uid: 65_534 });
      assert.deepEqual([ran.exitCode, errorOf(ran).code], [1, 'FOLDER_NOT_WRITABLE']);
    },
  );

  long('a log that a newer gexlake has written', async (context) => {
    const lake = await makeLake(context);
    await lake.run(['enqueue', '2025-10-22_SPX_classic_gex_zero.json']);
    await runOn(
      join(lake.folder, 'gex_history.db'),
      "INSERT INTO schema_migrations VALUES (999, 'later', now()::TIMESTAMP)",
    );
    const ran = await lake.run(['serve', '--port', '0', '--json']);
    assert.deepEqual([ran.exitCode, errorOf(ran).code], [1, 'DATABASE_NEWER']);
  });
});
