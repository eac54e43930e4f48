import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { record, type MadeRecord } from './records.ts';

/*
 * Files as older tools have left them, written by DuckDB from vendor records: the same sessions in each layout.
 */

/** An old layout by the name that tests call it. */
export type OldLayout = 'flat' | 'hive' | 'months';

export const oldLayouts: readonly OldLayout[] = ['flat', 'hive', 'months'];

/** `count` weekdays from 2025-08-04 on, as `YYYY-MM-DD`; they reach over months. */
export function sessionDates(count: number): string[] {
  const dates: string[] = [];
  for (let day = Date.UTC(2025, 7, 4); dates.length < count; day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() % 6 !== 0) dates.push(date.toISOString().slice(0, 10));
  }
  return dates;
}

/** A few records at the open of a session in New York's summer; all values follow from the date. */
export function sessionRecords(date: string, count = 3): MadeRecord[] {
  const open_s = Date.parse(`${date}T13:30:00Z`) / 1000;
  const day = Math.round(open_s / 86_400) % 1000;
  return Array.from({ length: count }, (_, second) => {
    const spot = 6000 + day + second / 4;
    const strikes = [-5, 0, 5.25].map((offset) => [
      Math.round(spot) + offset,
      day + offset / 3,
      second === 0 ? 0 : (1 - offset) / 7,
      [day, second, 1 / 3, 0, -1e-7],
    ]);
    return record(second, {
      timestamp: open_s + second,
      spot,
      zero_gamma: spot - 0.1,
      strikes,
      sum_gex_vol: day / 9,
      sum_gex_oi: -0.125,
      max_priors: [[spot, 1.5]],
    });
  });
}

/** Where a session lies in an old layout, relative to the root of its tree: a file for each, or one for its month. */
function oldPath(layout: OldLayout, date: string): string {
  const [year, month, day] = date.split('-');
  if (layout === 'flat') return `gexbot/SPX/zero/${year}${month}${day}.strikes.parquet`;
  if (layout === 'hive') return `ticker=SPX/endpoint=classic_gex_zero/year=${year}/month=${Number(month)}/data.parquet`;
  return `gex/${year}/${month}/SPX_gex_zero.parquet`;
}

/** Runs statements on one engine in memory; closes it at the end. */
export async function withEngine(act: (run: (sql: string) => Promise<void>) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    await act(async (sql) => void (await connection.run(sql)));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** Writes one Parquet file: the `select` reads the given records as the table `records`, with `strikes` as JSON. */
export async function writeOldFile(
  run: (sql: string) => Promise<void>,
  path: string,
  records: readonly MadeRecord[],
  select: string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const rows = records.map((record) => `(${quoted(JSON.stringify(record))}::JSON)`).join(', ');
  await run(`CREATE OR REPLACE TABLE records AS SELECT r->>'ticker' AS ticker, (r->>'timestamp')::BIGINT AS timestamp,
    (r->>'spot')::DOUBLE AS spot, r FROM (VALUES ${rows}) t(r)`);
  await run(`CREATE OR REPLACE VIEW ladders AS SELECT * EXCLUDE (list), unnest(list) AS e, generate_subscripts(list, 1) AS place
    FROM (SELECT *, from_json(r->'strikes', '["JSON"]') AS list FROM records)`);
  await run(`COPY (${select}) TO ${quoted(path)} (FORMAT parquet)`);
}

/** What the files of each layout hold. */
export const selects: Readonly<Record<OldLayout, string>> = {
  // A row a strike, milliseconds, no ticker and no spot.
  flat: `SELECT timestamp * 1000 AS timestamp, (e->>0)::DOUBLE AS strike, (e->>1)::DOUBLE AS gamma, (e->>2)::DOUBLE AS oi_gamma,
    from_json(e->3, '["DOUBLE"]') AS priors FROM ladders ORDER BY timestamp, place`,
  // A row a strike, times with a zone, canonical names, spot.
  hive: `SELECT to_timestamp(timestamp) AS timestamp, ticker, spot, (e->>0)::DOUBLE AS strike, (e->>1)::DOUBLE AS gex_vol,
    (e->>2)::DOUBLE AS gex_oi, from_json(e->3, '["DOUBLE"]') AS priors FROM ladders ORDER BY timestamp, place`,
  // A row a record, seconds, the ladder as a list of structures.
  months: `SELECT timestamp, ticker, spot, (r->>'min_dte')::BIGINT AS min_dte, (r->>'sec_min_dte')::DOUBLE AS sec_min_dte,
    (r->>'zero_gamma')::DOUBLE AS zero_gamma, (r->>'major_pos_vol')::DOUBLE AS major_pos_vol, (r->>'major_pos_oi')::DOUBLE AS major_pos_oi,
    (r->>'major_neg_vol')::DOUBLE AS major_neg_vol, (r->>'major_neg_oi')::DOUBLE AS major_neg_oi,
    list_transform(from_json(r->'strikes', '["JSON"]'), lambda e: {'strike': (e->>0)::DOUBLE, 'gex_vol': (e->>1)::DOUBLE,
      'gex_oi': (e->>2)::DOUBLE, 'priors': from_json(e->3, '["DOUBLE"]')}) AS strikes,
    (r->>'sum_gex_vol')::DOUBLE AS sum_gex_vol, (r->>'sum_gex_oi')::DOUBLE AS sum_gex_oi,
    (r->>'delta_risk_reversal')::DOUBLE AS delta_risk_reversal, from_json(r->'max_priors', '[["DOUBLE"]]') AS max_priors
    FROM records`,
};

/** Writes sessions in an old layout below a folder; gives the files' paths. */
export async function writeTree(folder: string, layout: OldLayout, dates: readonly string[]): Promise<string[]> {
  const byPath = Map.groupBy(dates, (date) => join(folder, oldPath(layout, date)));
  await withEngine(async (run) => {
    for (const [path, sessions] of byPath) {
      const made = sessions.flatMap((date) => sessionRecords(date));
      await writeOldFile(run, path, made, selects[layout]);
    }
  });
  return [...byPath.keys()];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
