import { createHash } from 'node:crypto';
import type { ParquetFile } from '../core/job.ts';
import type { QueryRows } from '../core/query.ts';
import { engineVersion, inMemory, withDatabase } from '../db/db.ts';
import type { GovernContext } from '../maintenance/maintenance.ts';
import { streamLake } from '../pipeline/pipeline.ts';
import { placerOf } from '../publish/publish.ts';
import { wrongBytes } from './find-row.ts';

/** `asOf` null: now. */
export type AskedQuery = { readonly sql: string; readonly asOf: string | null };

/** A query's result by its hash, and the files that it rests on, as they counted at a time. */
export type QueryProof = {
  /** Whether every file has the bytes that the log says. */
  readonly ok: boolean;
  readonly wrong: readonly string[];
  readonly sql: string;
  readonly as_of: string;
  /** What answered, on one thread: sums of doubles depend on their order. */
  readonly engine: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
  readonly result_sha256: string;
  readonly files: readonly { readonly path: string; readonly job_id: string; readonly sha256: string }[];
};

/**
 * Runs a query over what counted at a time, on one thread, and hashes the result: SHA-256 of a line for the columns, `[[name, type], …]`,
 * and a line for each row, `[value, …]`, each as JSON without spaces, as `query --json` has the values, and a line feed behind it.
 * @throws AS_OF_UNKNOWN, QUERY_FAILED
 */
export async function proveQuery(context: GovernContext, { sql, asOf }: AskedQuery): Promise<QueryProof> {
  const { folder, store, log, engine, clock, limits, onProgress } = context;
  const now = new Date(clock.now_ms()).toISOString();
  const as_of = asOf ?? now;
  const { known, versions, purged } = await log.files.asOf({ times: [as_of], now });
  const files = (known[0]?.files ?? []).filter(({ dataset }) => mayRead(sql, dataset));
  const lake = { folder, store, log, engine: { ...engine, threads: 1, spill_bytes: limits.query_spill_bytes } };
  const request = {
    sql,
    limit: null,
    alsoRead: [],
    asOf: [{ name: null, at: as_of }],
    signal: new AbortController().signal,
    onProgress: (percent: number) => onProgress('running the query', Math.floor(percent), 100),
    onAsOf: () => undefined,
  };
  const result = await streamLake(lake, request, hashOf);
  const placed = await placerOf({ store, versions, purged })(files);
  const wrong: string[] = [];
  for (const [at, one] of placed.entries()) {
    onProgress('comparing files', at, placed.length);
    const problem = await wrongBytes(context, one);
    if (problem !== null) wrong.push(problem);
  }
  const shown = placed.map(({ file, path }) => ({ path, job_id: file.job_id, sha256: file.checksum }));
  return {
    ok: wrong.length === 0,
    wrong,
    sql,
    as_of,
    engine: await withDatabase(inMemory, lake.engine, engineVersion),
    ...result,
    files: shown,
  };
}

async function hashOf({ columns, types, blocks }: QueryRows) {
  const named = columns.map((name, at) => ({ name, type: types[at] ?? '' }));
  const hash = createHash('sha256').update(`${JSON.stringify(named.map(({ name, type }) => [name, type]))}\n`);
  let rows = 0;
  for await (const block of blocks()) {
    for (const row of block) hash.update(`${JSON.stringify(row)}\n`);
    rows += block.length;
  }
  return { columns: named, rows, result_sha256: hash.digest('hex') };
}

/** Whether a query can read the files of a dataset: it names its view, or may find it in another way. */
function mayRead(sql: string, dataset: ParquetFile['dataset']): boolean {
  return new RegExp(`${dataset}|query|pragma`, 'i').test(sql);
}
