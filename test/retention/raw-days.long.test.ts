import assert from 'node:assert/strict';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, suite } from 'node:test';
import { planPrune } from '../../src/retention/prune.ts';
import { dataFolder } from '../../src/core/data-folder.ts';
import { limits } from '../../src/core/limits.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { commandOf } from '../../src/platform/processes.ts';
import { openLocalStore } from '../../src/store/store.ts';
import { makeLake, type Lake } from '../support/gexlake.ts';
import { put, record, records } from '../support/records.ts';
import { age, copyOf, destroy, importDay, nameOf, type Pruned } from '../support/old-jobs.ts';
import { long } from '../support/shares.ts';

type Report = Pruned & { readonly files_without_proof: number };

const raw = { env: { GEXLAKE_RAW_DAYS: '90' } };
const archived = `archive/gex/2025/10/${nameOf(22)}.zst`;

const lake = await makeLake({ after });
// Two records of other sessions, one of them the close before, as every real file has them.
const source = await put(lake.desk, nameOf(22), [record(-86_400), ...records(20), record(3 * 86_400)]);
const [job] = await lake.import([source]);
const quarantine = `quarantine/${job?.job_id}.ndjson`;
await age(lake, job?.job_id ?? '', 91);

async function prune(on: Lake, args: readonly string[] = ['--apply']): Promise<Report> {
  return on.json<Report>(['prune', ...args], raw);
}

function told({ plan }: Pruned): string[] {
  return plan.map(({ action, path }) => `${action} ${path}`);
}

/** Changes what was set aside, whose file is read-only. */
async function rewrite(on: Lake, change: (lines: readonly string[]) => readonly string[]): Promise<void> {
  const path = join(on.folder, quarantine);
  await chmod(path, 0o644);
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  await writeFile(
    path,
    change(lines)
      .map((line) => `${line}\n`)
      .join(''),
  );
}

suite('raw JSON with records that were set aside', () => {
  long('goes where all of them are in the quarantine, and the plan says what loses its proof', async () => {
    const copy = await copyOf(lake);
    const plan = await prune(copy, []);
    assert.deepEqual(told(plan), [`archive source/gexbot/${nameOf(22)}`, `trash ${archived}`]);
    assert.equal(plan.files_without_proof, 2);
    const said = await copy.run(['prune'], raw);
    assert.match(said.stderr, /2 published files can no longer be made again or compared/);
    assert.deepEqual((await prune(copy)).kept, []);
    assert.deepEqual(await copy.files('archive'), []);
    assert.deepEqual(await copy.files('quarantine'), [quarantine.slice('quarantine/'.length)]);
    assert.equal((await copy.run(['verify', '--deep'])).exitCode, 0);
    const again = await prune(copy, []);
    assert.deepEqual([again.plan, again.files_without_proof], [[], 0]);
  });

  const damages: Readonly<Record<string, (on: Lake) => Promise<void>>> = {
    'is gone': (on) => rm(join(on.folder, quarantine)),
    'has lost a record': (on) => rewrite(on, (lines) => lines.slice(1)),
    'has one record twice': (on) => rewrite(on, ([first = '']) => [first, first]),
    'has another text': (on) => rewrite(on, (lines) => lines.map((line) => line.replace('6700', '6701'))),
    'has another place': (on) => rewrite(on, (lines) => lines.map((line) => line.replace('"byte":', '"byte":1'))),
    'is cut off': (on) => rewrite(on, ([first = '', last = '']) => [first, last.slice(0, -20)]),
  };
  for (const [what, damage] of Object.entries(damages)) {
    long(`stays in the archive where the quarantine ${what}, with the reason`, async () => {
      const copy = await copyOf(lake);
      await damage(copy);
      const { plan, kept } = await prune(copy);
      assert.deepEqual(
        plan.map(({ action }) => action),
        ['archive'],
      );
      assert.match(kept[0]?.reason ?? '', new RegExp(quarantine));
      assert.deepEqual(await copy.files('archive'), [archived.slice('archive/'.length)]);
      const again = await prune(copy);
      assert.deepEqual([again.plan, again.kept.map(({ path }) => path)], [[], [archived]]);
    });
  }

  long('after the log was rebuilt goes by what the source says, not by what was found of the quarantine', async () => {
    const whole = await copyOf(lake);
    await destroy(whole);
    await whole.run(['restore', '--rebuild-log', '--apply']);
    await age(whole, job?.job_id ?? '', 91);
    assert.deepEqual(
      (await prune(whole)).plan.map(({ action }) => action),
      ['archive', 'trash'],
    );

    for (const change of [(lines: readonly string[]) => lines.slice(0, 1), () => []]) {
      const less = await copyOf(lake);
      await rewrite(less, change);
      if (change([]).length === 0) await rm(join(less.folder, quarantine));
      await destroy(less);
      await less.run(['restore', '--rebuild-log', '--apply']);
      const [rebuilt] = await less.jobs();
      await age(less, rebuilt?.id ?? '', 91);
      const { plan, kept } = await prune(less);
      assert.deepEqual(
        plan.map(({ action }) => action),
        ['archive'],
      );
      assert.match(kept[0]?.reason ?? '', /set records aside|set aside cannot be made out/);
    }
  });

  long('those that stay do not keep others from their turn', async () => {
    const copy = await copyOf(lake);
    const later = await importDay(copy, 23);
    await age(copy, later.job_id, 90);
    await copy.run(['prune', '--apply']);
    await rm(join(copy.folder, quarantine));
    const folder = dataFolder(copy.folder);
    const database = { clock: systemClock, commandOf };
    const plan = await planPrune(
      {
        folder,
        store: openLocalStore(folder.root),
        log: openJobLog(folder.history, database),
        clock: systemClock,
        limits,
        engine: database,
        actor: 'tester',
        staged_days: 0,
        raw_days: 90,
        log_mode: 0o600,
        onProgress: () => undefined,
      },
      1,
    );
    assert.deepEqual(
      plan.actions.map(({ action, job_id }) => [action, job_id]),
      [['trash', later.job_id]],
    );
    assert.equal(plan.kept.length, 1);
  });
});
