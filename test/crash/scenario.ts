import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { record, records, type MadeRecord } from '../support/records.ts';
import { selects, withEngine, writeOldFile } from '../support/old-layouts.ts';

/** One command on a data folder that others have prepared. `args` may name `<job>`, the first job of the folder. */
export type Scenario = {
  readonly prepare: readonly (readonly string[])[];
  readonly act: readonly string[];
  /** Moments, as steps with their count, at which a crash leaves most for recovery to do. */
  readonly crashes: readonly string[];
};

const day = '2025-10-22_SPX_classic_gex_zero.json';
const next = '2025-10-23_SPX_classic_gex_zero.json';
const changed = 'changed/2025-10-22_SPX_classic_gex_zero.json';
const longer = 'longer/2025-10-22_SPX_classic_gex_zero.json';
const old = 'old/SPX/zero/20251022.strikes.parquet';
const folder = 'parquet/gex/2025/10/SPX/gex_zero';

export const scenarios = {
  import: { prepare: [], act: ['import', day], crashes: ['publish:link#2'] },
  extend: { prepare: [['import', day]], act: ['import', longer], crashes: ['publish:sync-folder#1'] },
  correct: {
    prepare: [['import', day]],
    act: ['correct', '<job>', changed, '--reason', 'crash test'],
    crashes: ['publish:replace#2', 'publish:sync-folder#1'],
  },
  compact: {
    prepare: [
      ['import', day],
      ['import', longer],
    ],
    act: ['compact', folder, '--reason', 'crash test'],
    crashes: ['publish:retire#2', 'archive:sync-folder#1'],
  },
  restore: {
    prepare: [
      ['import', day],
      ['import', longer],
      ['compact', folder, '--reason', 'crash test'],
    ],
    act: ['restore-file', `${folder}/strikes.parquet`, '--reason', 'crash test'],
    crashes: ['publish:replace#2'],
  },
  withdraw: {
    prepare: [
      ['import', day],
      ['import', longer],
    ],
    act: ['withdraw', '<job>', '--reason', 'crash test'],
    crashes: ['publish:retire#2', 'archive:sync-folder#1'],
  },
  purge: {
    prepare: [
      ['import', day],
      ['import', longer],
      ['compact', folder, '--reason', 'crash test'],
      ['import', next],
      ['compact', folder, '--reason', 'crash test'],
    ],
    act: 'purge --ticker SPX --endpoint gex_zero --from 2025-10-22 --to 2025-10-22 --reason crash --apply'.split(' '),
    crashes: ['publish:replace#2', 'purge:remove#3', 'archive:sync-folder#1'],
  },
  migrate: { prepare: [['import', day]], act: ['migrate', 'old', '--apply'], crashes: ['publish:link#2'] },
} as const satisfies Record<string, Scenario>;

/** Writes the sources of all scenarios. A stale record at the head lets something be set aside on every way. */
export async function writeSources(desk: string): Promise<void> {
  const stale: MadeRecord = { ...records(1, -86_400)[0] };
  const noon = [stale, ...records(40)];
  const night = [stale, ...records(60)];
  const right = [stale, ...records(7), record(7, { zero_gamma: 1.5 }), ...records(32, 8)];
  for (const [path, content] of [
    [day, noon],
    [longer, night],
    [changed, right],
    [next, records(40, 86_400)],
  ] as const) {
    await mkdir(dirname(join(desk, path)), { recursive: true });
    await writeFile(join(desk, path), JSON.stringify(content));
  }
  await withEngine((run) => writeOldFile(run, join(desk, old), records(60), selects.flat));
}

/** Whether everything is tried, as `npm run test:crash` does, or a spread of a few. */
export const all = process.env['GEXLAKE_CRASH_TESTS'] === 'all';

/** Which of `count` steps to try: all of them, or those at some `parts` of the way, such as 0.5. */
export function chosenSteps(count: number, parts: readonly number[]): number[] {
  if (!all) return parts.map((part) => Math.max(1, Math.round(count * part)));
  return Array.from({ length: count }, (_, at) => at + 1);
}
