import { readConfig } from '../../src/config/config.ts';
import { createApp, type App } from '../../src/app/app.ts';
import type { Coverage, CoverageDay } from '../../src/core/coverage.ts';
import type { Lake } from './gexlake.ts';
import { put, sampleDay } from './records.ts';

/** Unix seconds of a New York wall clock's time; `hours` behind UTC are the caller's to know. */
export type Cut = (record: { readonly timestamp: number }, index: number) => boolean;

/** Writes a made-up session of 300 records, 78 seconds apart, or of those of them that `keep` wants; gives its path. */
export async function putSession(
  lake: Lake,
  ticker: string,
  date: string,
  keep: Cut = () => true,
  records = 300,
): Promise<string> {
  const { bytes } = sampleDay({ ticker, sessionDate: date, records, strikes: 5, flaws: false });
  const all = JSON.parse(bytes.toString()) as { readonly timestamp: number }[];
  return put(lake.desk, `${date}_${ticker}_classic_gex_zero.json`, all.filter(keep));
}

/** The program's functions on a data folder, in this process. */
export async function appOn(lake: Lake): Promise<App> {
  return createApp(await readConfig({ data_dir: lake.folder }, {}));
}

/** A day with its state and the codes of its reasons, in one text. */
export function told({ session_date, state, reasons }: CoverageDay): string {
  return [session_date, state, ...reasons.map(({ code }) => code)].join(' ');
}

/** All days but the weekends, told. */
export function weekdaysOf({ rows }: Coverage): string[] {
  return rows.filter(({ reasons }) => reasons[0]?.detail !== 'weekend').map(told);
}
