import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { age, copyOf, destroy, importDay, logOf, type Pruned } from '../support/old-jobs.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { chosenSteps } from './scenario.ts';

const raw = { GEXLAKE_RAW_DAYS: '90' };

async function prune(lake: Lake, args: readonly string[]): Promise<Pruned> {
  return lake.json<Pruned>(['prune', ...args], { env: raw });
}

suite('commands that keep a data folder in order', () => {
  test(
    'prune: killed or failed at any step, it is finished by the next one',
    { timeout: 60 * 60_000 },
    async (context) => {
      const base = await makeLake(context);
      await age(base, (await importDay(base, 22)).job_id, 100);
      const end = async (lake: Lake) => {
        const { exitCode, stdout } = await lake.run(['verify', '--deep']);
        assert.equal(exitCode, 0, stdout);
        const rows = await lake.query('SELECT staged_path, archive_path, checksum, state FROM archived_sources');
        const events = await lake.query(
          "SELECT event FROM job_events WHERE event IN ('archived', 'source removed') ORDER BY 1",
        );
        const trees = await Promise.all(['source', 'archive', '.trash', 'parquet'].map((name) => lake.files(name)));
        return { rows, events, trees };
      };
      const traced = await copyOf(base);
      const { stderr } = await traced.spawn(['prune', '--apply'], { env: { ...raw, GEXLAKE_FAULT: 'trace' } });
      const steps = stderr.split('\n').filter((line) => line.startsWith('step ')).length;
      assert.ok(steps > 15, `only ${steps} steps`);
      const undisturbed = await end(traced);
      for (const [action, parts] of [
        ['kill', [0.3, 0.6, 0.9]],
        ['EIO', [0.7]],
      ] as const) {
        for (const step of chosenSteps(steps, parts)) {
          const lake = await copyOf(base);
          await lake.spawn(['prune', '--apply'], { env: { ...raw, GEXLAKE_FAULT: `${action}@*#${step}` } });
          await prune(lake, ['--apply']);
          assert.deepEqual((await prune(lake, [])).plan, [], `${action} at step ${step}`);
          assert.deepEqual(await end(lake), undisturbed, `${action} at step ${step}`);
          assert.deepEqual(await lake.files('.maintenance'), []);
          await rm(lake.folder, { recursive: true });
        }
      }
    },
  );

  test(
    'backup, restore, rebuilding: killed at any step, it is done by the next one',
    { timeout: 60 * 60_000 },
    async (context) => {
      const base = await makeLake(context);
      await importDay(base, 22, true);
      const snapshot = (await base.json<{ readonly snapshot: string }>(['backup', '--apply'])).snapshot;
      const before = await logOf(base);
      await importDay(base, 23);
      const after = await logOf(base);
      const none = async () => undefined;
      const databaseGone = ({ folder }: Lake) => rm(join(folder, 'gex_history.db'));
      const cases: readonly (readonly [string[], (lake: Lake) => Promise<void>, unknown])[] = [
        [['backup', '--apply'], none, after],
        // The journal brings it to its end.
        [['restore', snapshot, '--apply'], none, after],
        [['restore', snapshot, '--apply'], destroy, before],
        [['restore', '--rebuild-log', '--apply'], databaseGone, after],
        [['restore', '--rebuild-log', '--apply'], destroy, after],
      ];
      for (const [args, ruin, expected] of cases) {
        const ready = async () => {
          const lake = await copyOf(base);
          await ruin(lake);
          return lake;
        };
        const traced = await (await ready()).spawn(args, { env: { GEXLAKE_FAULT: 'trace' } });
        const steps = traced.stderr.split('\n').filter((line) => line.startsWith('step ')).length;
        assert.ok(steps >= 6, `only ${steps} steps of ${args.join(' ')}`);
        for (const step of chosenSteps(steps, [0.4, 0.8])) {
          const lake = await ready();
          await lake.spawn(args, { env: { GEXLAKE_FAULT: `kill@*#${step}` } });
          const { exitCode, stdout, stderr } = await lake.run([...args, '--json']);
          const at = `${args.join(' ')} ${ruin.name} at step ${step}: ${stdout} ${stderr}`;
          assert.equal(exitCode === 0 || (exitCode === 6 && expected === before), true, at);
          assert.deepEqual(await logOf(lake), expected, at);
          if (ruin === destroy) assert.deepEqual((await lake.json<Pruned>(args.slice(0, 2))).plan, [], at);
          for (const name of (await readdir(join(lake.folder, 'backups'))).filter((found) => found.startsWith('2')))
            assert.equal((await lake.run(['restore', name])).exitCode, 0, at);
          await rm(lake.folder, { recursive: true });
        }
      }
    },
  );
});
