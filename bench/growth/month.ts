import { join } from 'node:path';
import { dataFolder } from '../../src/core/data-folder.ts';
import { inMemory, withDatabase } from '../../src/db/db.ts';
import { openJobLog } from '../../src/joblog/joblog.ts';
import { queryLake } from '../../src/pipeline/query.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { commandOf } from '../../src/platform/processes.ts';
import { showLive } from '../../src/publish/publish.ts';
import { isTradingDay } from '../../src/sample/hours.ts';
import { sampleFileName } from '../../src/sample/sample.ts';
import { rmSync } from 'node:fs';
import { day, writeInput } from '../make-input.ts';
import { runProgram, timed, type Taken } from './program.ts';
import { openLocalStore } from '../../src/store/store.ts';

const options = { clock: systemClock, commandOf, threads: 2, memory_mb: 512 };
const block = "ticker = 'NQ_NDX' AND endpoint = 'gex_zero'";

const queries: Readonly<Record<string, string>> = {
  'profile at a moment': `SELECT strike, gex_vol FROM strikes WHERE ${block} AND timestamp = TIMESTAMPTZ '2025-10-22 15:00:00+00' ORDER BY strike`,
  'one strike through a day': `SELECT timestamp, gex_vol FROM strikes WHERE ${block} AND session_date = DATE '2025-10-22'
    AND strike = (SELECT max(strike) FROM strikes WHERE ${block} AND timestamp = TIMESTAMPTZ '2025-10-22 15:00:00+00') ORDER BY timestamp`,
  'zero gamma of the month': `SELECT timestamp, zero_gamma FROM snapshots WHERE ${block} ORDER BY timestamp`,
};

/** A month of full sessions of one ticker and endpoint, and what is asked of it: in the engine, and with all around it. */
export async function measureMonth(
  folder: string,
  runs: number,
): Promise<Record<string, { readonly engine: Taken; readonly whole: Taken }>> {
  await importMonth(folder);
  const data = dataFolder(folder);
  const log = openJobLog(data.history, { clock: systemClock, commandOf });
  const store = openLocalStore(data.root);
  const live = await log.files.live();
  const found: Record<string, { readonly engine: Taken; readonly whole: Taken }> = {};
  console.log(`${'ms'.padEnd(28)}   in the engine   with views and log`);
  for (const [name, sql] of Object.entries(queries)) {
    const engine = await withDatabase(inMemory, options, async (database) => {
      await showLive(database, live, store);
      // Run to its end and held as the engine's own columns: what a program makes of the rows is the other figure's.
      return timed(Math.max(5, runs), () => database.run(sql));
    });
    const whole = await timed(runs, () => queryLake({ folder: data, store, log, engine: options }, sql, 1_000_000));
    found[name] = { engine, whole };
    console.log(name.padEnd(28) + engine.wall_ms.toFixed(1).padStart(16) + whole.wall_ms.toFixed(1).padStart(21));
  }
  return found;
}

async function importMonth(folder: string): Promise<void> {
  for (let date = 1; date <= 31; date++) {
    const sessionDate = `2025-10-${String(date).padStart(2, '0')}`;
    if (!isTradingDay(sessionDate)) continue;
    const file = join(folder, sampleFileName({ ...day, sessionDate }));
    writeInput(file, [sessionDate]);
    await runProgram(folder, 'import', file);
    rmSync(file);
    rmSync(join(folder, 'source'), { recursive: true, force: true });
  }
}
