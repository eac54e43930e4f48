import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastFirst, type Lake } from '../support/gexlake.ts';
import { put, records } from '../support/records.ts';
import { copyOf, folder, liveBytes, prepare, verify, type Prepared } from '../support/every-command.ts';

/*
 * Commands that govern, beside an import that stands still between its intent and its first link.
 */

let prepared: Prepared;
const owner = lastFirst({ after });
before(async () => {
  prepared = await prepare(owner);
});

/** Every command with a plan, and what only looks; each is done twice. */
const commands: readonly (readonly string[])[] = [
  ['verify', '--deep'],
  ['coverage', '--as-of', '2025-10-24'],
  ['reconcile', '--as-of', '2025-10-24'],
  ['prune', '--apply'],
  ['archive', 'SOURCE'],
  ['backup', '--apply'],
  ['migrate', '--apply'],
  ['compact', folder, '--reason', 'test', '--plan'],
  ['repair', '--apply'],
];

const impatient = { env: { GEXLAKE_LIMITS: '{"lock_wait_ms":2000}' } };

/** Commands after which nothing is left to plan. */
const emptied: readonly (readonly string[])[] = [['prune'], ['migrate'], ['repair']];

async function pidOfImporter(lake: Lake): Promise<number> {
  for (;;) {
    const [row] = await lake.query(
      `SELECT job.owner FROM import_jobs AS job JOIN parquet_files AS file ON file.job_id = job.id
       WHERE job.status = 'started' AND file.state = 'publishing' LIMIT 1`,
    );
    const pid = typeof row?.['owner'] === 'string' ? /:(\d+):/.exec(row['owner'])?.[1] : undefined;
    if (pid !== undefined) return Number(pid);
    await sleep(100);
  }
}

suite('beside a running import', { concurrency: 1 }, () => {
  test('every command leaves what is published as it is, twice, and the import ends well', async () => {
    const lake = await copyOf(prepared.lake);
    const { snapshot } = await lake.json<{ readonly snapshot: string }>(['backup', '--apply']);
    const source = await put(lake.desk, 'running/2025-10-24_SPX_classic_gex_zero.json', records(40, 2 * 86_400));
    const importing = lake.start(['import', source, '--json'], { env: { GEXLAKE_FAULT: 'stop@publish:link#1' } });
    const pid = await pidOfImporter(lake);
    try {
      const published = await liveBytes(lake);
      for (const args of commands) {
        for (const round of [1, 2]) {
          const named = args.map((word) => (word === 'SOURCE' ? (prepared.plain.staged_path ?? '') : word));
          const { exitCode, stderr } = await lake.run(named, impatient);
          assert.equal(exitCode, 0, `${args.join(' ')}, round ${round}: ${stderr}`);
        }
        assert.deepEqual(await liveBytes(lake), published, args.join(' '));
      }
      for (const args of emptied) {
        const { plan } = await lake.json<{ readonly plan: readonly unknown[] }>(args);
        assert.deepEqual(plan, [], args.join(' '));
      }
      const restored = await lake.run(['restore', basename(snapshot), '--apply'], impatient);
      assert.notEqual(restored.exitCode, 0, 'databases are not put back while a job runs');
      assert.deepEqual(await liveBytes(lake), published);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    const { exitCode, stderr } = await importing.ended;
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual((await verify(lake, { kind: 'deep' })).problems, []);
  });
});
