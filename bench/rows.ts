import { DuckDBInstance } from '@duckdb/node-api';

export type Rows = {
  readonly strike_rows: number;
  readonly snapshot_rows: number;
  /** The same for all that read the same numbers, but for the few records that gexlake drops or sets aside. */
  readonly sum_gex_oi: number;
};

/** Counts what a contender has written, so that nobody is fast by leaving something out. */
export async function rowsOf(strikes: string, snapshots: string): Promise<Rows> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT count(*)::INTEGER, sum(gex_oi)::DOUBLE, sum(len(priors))::INTEGER, (SELECT count(*)::INTEGER FROM '${snapshots}') FROM '${strikes}'`,
  );
  const [rows, sum, priors, records] = (reader.getRowsJS()[0] ?? []).map(Number);
  connection.closeSync();
  instance.closeSync();
  if (priors !== (rows ?? 0) * 5) throw new Error(`${strikes} has ${priors} priors in ${rows} rows`);
  return { strike_rows: rows ?? 0, snapshot_rows: records ?? 0, sum_gex_oi: sum ?? 0 };
}
