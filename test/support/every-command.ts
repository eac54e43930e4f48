import assert from 'node:assert/strict';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createApp, type App, type Reading, type VerifyReport } from '../../src/app/app.ts';
import { readConfig } from '../../src/config/config.ts';
import type { ImportResult } from '../../src/core/job.ts';
import { parseEndpoint } from '../../src/core/names.ts';
import { lakeAt, only, type Lake, type Owner } from './gexlake.ts';
import { preparedOnce } from './prepared-once.ts';
import { record, records, put, sampleDay, type MadeRecord } from './records.ts';

export const folder = 'parquet/gex/2025/10/SPX/gex_zero';
export const other = 'parquet/gex/2025/10/SPY/gex_zero';

/** A data folder that has seen every command and every way in which a job can end, with the results of some. */
export type Prepared = {
  readonly lake: Lake;
  /** Files of the first job, which were corrected and then compacted: superseded now. */
  readonly corrected: ImportResult;
  /** Live as it was published: two files, a staged source, a quarantine file. */
  readonly plain: ImportResult;
  /** A second source of the same session that added later seconds. */
  readonly extension: ImportResult;
  readonly staged: ImportResult;
};

const reason = ['--reason', 'test'];
/** Of the session before, so that it is set aside. */
const stale: MadeRecord = { ...records(1, -86_400)[0] };
const spy = { ticker: 'SPY' };

export async function prepare(owner: Owner): Promise<Prepared> {
  const { lake, made } = await preparedOnce(owner, 'every-command', everyCommand);
  return { lake, ...made };
}

async function everyCommand(lake: Lake): Promise<Omit<Prepared, 'lake'>> {
  const { desk } = lake;
  const spx = (folder_: string, content: unknown) =>
    put(desk, `${folder_}/2025-10-22_SPX_classic_gex_zero.json`, content);
  const noon = [stale, ...records(40)];
  const day = await spx('day', noon);
  const corrected = only(await lake.import([day]));
  await run(lake, ['import', await spx('longer', [stale, ...records(60)])]);
  // Without a date, so that the stale record makes a session of its own.
  await run(lake, [
    'import',
    await put(desk, 'undated.json', [stale, ...records(41)]),
    '--ticker',
    'SPX',
    '--endpoint',
    'zero',
  ]);
  await run(lake, ['compact', folder, ...reason]);
  await run(lake, ['restore-file', `${folder}/strikes.parquet`, ...reason]);
  const changed = await spx('changed', [...records(7), record(7, { zero_gamma: 1.5 }), ...records(52, 8)]);
  await run(lake, ['correct', corrected.job_id, changed, ...reason]);
  await run(lake, ['compact', folder, ...reason]);
  const spyDay = (name: string, content: readonly MadeRecord[]) =>
    put(
      desk,
      `${name}/2025-10-22_SPY_classic_gex_zero.json`,
      content.map((one) => ({ ...one, ...spy })),
    );
  const plain = only(await lake.import([await spyDay('plain', noon)]));
  const extension = only(await lake.import([await spyDay('later', [stale, ...records(50)])]));
  await run(lake, ['import', await sample(desk, 'NDX', 'state_gamma_one')]);
  await run(lake, ['import', await sample(desk, 'QQQ', 'orderflow')]);
  await run(lake, ['import', await put(desk, 'same/2025-10-22_SPX_classic_gex_zero.json', await readFile(changed))]);
  await run(lake, ['import', await spx('conflict', records(1, 7))], 1);
  await run(lake, ['import', await put(desk, '2025-10-23_SPX_classic_gex_zero.json', '{"error":"no such file"}')], 1);
  const held = [await sample(desk, 'IWM', 'gex_one'), await sample(desk, 'VIX', 'gex_full')];
  const [staged, given] = await lake.import([...held, '--no-publish']);
  assert.ok(staged !== undefined && given !== undefined);
  await run(lake, ['jobs', 'cancel', given.job_id]);
  await run(lake, ['enqueue', await sample(desk, 'DIA', 'gex_zero')]);
  return { corrected, plain, extension, staged };
}

async function sample(desk: string, ticker: string, endpoint: string): Promise<string> {
  const { bytes } = sampleDay({ ticker, endpoint, records: 30, strikes: 6 });
  const { package: pack, category } = parseEndpoint(endpoint);
  return put(desk, `2025-10-22_${ticker}_${pack}_${category}.json`, bytes);
}

async function run(lake: Lake, args: readonly string[], exitCode = 0): Promise<void> {
  const ran = await lake.run(args);
  assert.equal(ran.exitCode, exitCode, `${args.join(' ')}: ${ran.stderr}`);
}

let copies = 0;

/** A copy of a data folder, with modes and times as they are. */
export async function copyOf(lake: Lake): Promise<Lake> {
  const copy = join(lake.desk, `copy_${copies++}`);
  await mkdir(copy);
  await cp(lake.folder, copy, { recursive: true, mode: 0, preserveTimestamps: true });
  return lakeAt(copy, lake.desk);
}

export async function appOn(lake: Lake): Promise<App> {
  return createApp(await readConfig({ data_dir: lake.folder }, { GEXLAKE_ACTOR: 'tester' }));
}

/** Verifies in this process. */
export async function verify(lake: Lake, reading: Reading = { kind: 'usual' }): Promise<VerifyReport> {
  return (await appOn(lake)).verify(reading, () => undefined);
}

/** The SHA-256 of every file under `parquet/`, by its path there. */
export async function liveBytes(lake: Lake): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await lake.tree('parquet'))].map(([path, state]) => [path, state.split(' ').at(-1) ?? '']));
}
