import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { App } from '../../src/app/app.ts';
import { appOn, workOn } from '../support/built-program.ts';
import { makeLake, only, type Lake } from '../support/gexlake.ts';
import { record } from '../support/records.ts';
import { all } from './scenario.ts';
import { requestOf } from './stage.ts';
import { count } from './tally.ts';
import { assertWhole } from './whole.ts';

/*
 * Random sequences of everything that changes what is published, crashes among them, against a model that fits on a page: for
 * each session, which version of each second is live.
 */

type Block = ReadonlyMap<number, number>;
type Model = ReadonlyMap<number, Block>;

type Desk = { readonly lake: Lake; readonly app: App };

/** A live record with the number of its strike rows. */
type Row = { readonly date: string; readonly second: number; readonly version: number; readonly strikes: number };

type Import = {
  readonly kind: 'import';
  readonly day: number;
  readonly bounds: readonly [from: number, length: number];
  readonly version: number;
};
type Command =
  | (Import & { readonly crash: number })
  | {
      readonly kind: 'correct';
      readonly day: number;
      readonly to: number;
      readonly version: number;
      readonly crash: number;
    }
  | { readonly kind: 'compact'; readonly crash: number }
  | { readonly kind: 'restore'; readonly crash: number };

const dates = ['2025-10-22', '2025-10-23'];
const folder = 'parquet/gex/2025/10/SPX/gex_zero';
const runs = Number(process.env['GEXLAKE_MODEL_RUNS'] ?? (all ? 40 : 2));

const day = fc.constantFrom(0, 1);
const version = fc.constantFrom(0, 0, 0, 1);
/** 0: no crash. Otherwise the importer and its parent are killed at that step. */
const crash = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
);
const bounds = fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 12 }));

const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ kind: fc.constant('import' as const), day, bounds, version, crash }),
  fc.record({ kind: fc.constant('correct' as const), day, to: fc.integer({ min: 3, max: 14 }), version, crash }),
  fc.record({ kind: fc.constant('compact' as const), crash }),
  fc.record({ kind: fc.constant('restore' as const), crash }),
);

suite('any sequence of imports and changes', () => {
  test('leaves exactly the rows that a simple model has', { timeout: 60 * 60_000 }, async (context) => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 4, maxLength: 9 }), async (commands) => {
        const lake = await makeLake(context);
        await workOn(lake.folder, { kind: 'pending', limit: 1, watch: false });
        const desk = { lake, app: await appOn(lake.folder) };
        let model: Model = new Map();
        for (const [at, each] of commands.entries()) {
          model = await perform(desk, model, each, at);
          assert.deepEqual(await liveRows(desk), flatten(model), JSON.stringify(each));
        }
        await assertWhole(lake);
      }),
      {
        numRuns: runs,
        includeErrorInReport: true,
        ...(process.env['GEXLAKE_SEED'] === undefined ? {} : { seed: Number(process.env['GEXLAKE_SEED']) }),
      },
    );
  });
});

async function perform(desk: Desk, model: Model, each: Command, at: number): Promise<Model> {
  switch (each.kind) {
    case 'import': {
      const found = new Map(
        range(each.bounds[0], each.bounds[0] + each.bounds[1]).map((second) => [second, each.version]),
      );
      const known = model.get(each.day) ?? new Map<number, number>();
      const conflicts = [...found].some(([second, value]) => (known.get(second) ?? value) !== value);
      await change(
        desk,
        ['import', await write(desk.lake, at, each.day, found)],
        each.crash,
        conflicts ? 'ROWS_CONFLICT' : null,
      );
      return conflicts ? model : new Map([...model, [each.day, new Map([...found, ...known])]]);
    }
    case 'correct': {
      const [[original] = []] = await rowsOf(
        desk,
        `SELECT job_id FROM parquet_files WHERE list_contains(session_dates, DATE '${dates[each.day]}') ORDER BY created_at LIMIT 1`,
      );
      if (original === undefined) return model;
      const found = new Map(range(0, each.to).map((second) => [second, each.version]));
      const path = await write(desk.lake, at, each.day, found);
      await change(desk, ['correct', original as string, path, '--reason', 'model'], each.crash, null);
      return new Map([...model, [each.day, found]]);
    }
    case 'compact':
      if (model.size > 0) await change(desk, ['compact', folder, '--reason', 'model'], each.crash, null);
      return model;
    case 'restore':
      return restore(desk, model, each.crash);
  }
}

/** What a restore brings back is read from the archive itself; where it is refused, nothing may have changed. */
async function restore(desk: Desk, model: Model, fault: number): Promise<Model> {
  const [[path] = []] = await rowsOf(
    desk,
    "SELECT path FROM parquet_files WHERE state = 'superseded' ORDER BY created_at DESC LIMIT 1",
  );
  if (path === undefined) return model;
  const before = await liveRows(desk);
  const job = await change(
    desk,
    ['restore-file', path as string, '--reason', 'model'],
    fault,
    'NOTHING_TO_RESTORE',
    true,
  );
  const after = await liveRows(desk);
  if (job === 'failed') {
    assert.deepEqual(after, before);
    return model;
  }
  const seconds = after.map((row) => `${row.date} ${row.second}`);
  assert.equal(new Set(seconds).size, seconds.length, 'a second is live twice');
  const restored = new Map<number, Map<number, number>>();
  for (const row of after) {
    const index = dates.indexOf(row.date);
    const block = restored.get(index) ?? new Map<number, number>();
    restored.set(index, block.set(row.second, row.version));
  }
  return restored;
}

/** Does a command, does what a user does after a crash, and checks how its job ended. */
async function change(
  desk: Desk,
  args: readonly string[],
  fault: number,
  refusal: string | null,
  mayWork = false,
): Promise<string> {
  const { lake, app } = desk;
  const known = new Set((await app.jobs({ limit: 1000 })).map((job) => job.id));
  const mine = async () => (await app.jobs({ limit: 1000 })).filter((job) => !known.has(job.id));
  if (fault > 0) {
    await lake.spawn(args, { env: { GEXLAKE_FAULT: `killall@*#${fault}` } });
    count('kills');
    await workOn(lake.folder, { kind: 'pending', limit: 100, watch: false });
  }
  const request = await requestOf(app, lake.desk, args);
  if ((await mine()).length === 0) await workOn(lake.folder, { kind: 'sources', requests: [request] });
  const job = only(await mine());
  if (refusal !== null && job.status === 'failed') assert.match(job.last_error ?? '', new RegExp(`^${refusal}`));
  else
    assert.ok(
      ['completed', 'skipped'].includes(job.status) && (refusal === null || mayWork),
      `${job.status} ${job.last_error}`,
    );
  return job.status;
}

async function write(lake: Lake, at: number, index: number, block: Block): Promise<string> {
  const path = join(lake.desk, `${dates[index]}_SPX_classic_gex_zero.json`);
  const shift = index * 86_400;
  const records = [...block].map(([second, value]) =>
    record(second + shift, { zero_gamma: value, delta_risk_reversal: second }),
  );
  // Sources of equal rows differ in their bytes, so that rows are compared and not checksums.
  await writeFile(path, `${' '.repeat(at)}${JSON.stringify(records)}`);
  return path;
}

async function liveRows(desk: Desk): Promise<Row[]> {
  const rows = await rowsOf(
    desk,
    `SELECT session_date::VARCHAR, delta_risk_reversal, zero_gamma,
       (SELECT count(*)::INTEGER FROM strikes WHERE strikes.timestamp = snapshots.timestamp)
     FROM snapshots ORDER BY ALL`,
  );
  return rows.map(([date, second, version, strikes]) => ({
    date: String(date),
    second: Number(second),
    version: Number(version),
    strikes: Number(strikes),
  }));
}

async function rowsOf({ app }: Desk, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await app.query(sql, 1_000_000)).rows;
}

function flatten(model: Model): Row[] {
  return [...model]
    .sort(([left], [right]) => left - right)
    .flatMap(([index, block]) =>
      [...block]
        .sort(([left], [right]) => left - right)
        .map(([second, value]) => ({ date: dates[index] ?? '', second, version: value, strikes: 5 })),
    );
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}
