// What a programmer would write in Node: records cut out of the stream, JSON.parse, whole chunks into DuckDB's appender, COPY.
// usage: node node-appender.ts <file.json> <output folder>
import { createReadStream } from 'node:fs';
import {
  BIGINT,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBInstance,
  LIST,
  listValue,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';

type LadderEntry = readonly [number, number, number, readonly number[]];
type VendorRecord = Readonly<Record<string, number>> & {
  readonly ticker: string;
  readonly strikes: readonly LadderEntry[];
  readonly max_priors: readonly (readonly number[])[];
};

const [file = '', folder = ''] = process.argv.slice(2);
const names =
  'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal'.split(
    ' ',
  );
const chunkRows = 2048;

/** Rows of one table, by column, given to the appender a vector's length at a time. */
class Chunks {
  readonly #appender: DuckDBAppender;
  readonly #types: readonly DuckDBType[];
  readonly #chunk: DuckDBDataChunk;
  #columns: DuckDBValue[][];

  constructor(appender: DuckDBAppender, types: readonly DuckDBType[]) {
    this.#appender = appender;
    this.#types = types;
    this.#chunk = DuckDBDataChunk.create([...types], chunkRows);
    this.#columns = types.map(() => []);
  }

  add(row: readonly DuckDBValue[]): void {
    for (let at = 0; at < row.length; at++) this.#columns[at]?.push(row[at] ?? null);
    if (this.#columns[0]?.length === chunkRows) this.flush();
  }

  flush(): void {
    const rows = this.#columns[0]?.length ?? 0;
    if (rows === 0) return;
    this.#chunk.rowCount = rows;
    for (const [at, values] of this.#columns.entries()) this.#chunk.setColumnValues(at, values);
    this.#appender.appendDataChunk(this.#chunk);
    this.#chunk.reset();
    this.#columns = this.#types.map(() => []);
  }
}

/** The texts of the objects in a JSON array that is read as a stream. No text of the vendor's has a brace in it. */
async function* objectsOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, { encoding: 'latin1', highWaterMark: 1024 * 1024 })) {
    rest += String(chunk);
    let from = rest.indexOf('{');
    for (let end = rest.indexOf('}'); end !== -1 && from !== -1; end = rest.indexOf('}', from)) {
      yield rest.slice(from, end + 1);
      from = rest.indexOf('{', end);
      if (from === -1) break;
    }
    rest = from === -1 ? '' : rest.slice(from);
  }
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const scalars = names.map((name) => `${name} DOUBLE`).join(', ');
await connection.run(
  'CREATE TABLE strikes (timestamp BIGINT, ticker VARCHAR, spot DOUBLE, strike DOUBLE, gex_vol DOUBLE, gex_oi DOUBLE, priors DOUBLE[])',
);
await connection.run(`CREATE TABLE snapshots (timestamp BIGINT, ticker VARCHAR, ${scalars}, max_priors DOUBLE[][])`);
const [strikesAppender, snapshotsAppender] = [
  await connection.createAppender('strikes'),
  await connection.createAppender('snapshots'),
];
const doubles = LIST(DOUBLE);
const strikes = new Chunks(strikesAppender, [BIGINT, VARCHAR, DOUBLE, DOUBLE, DOUBLE, DOUBLE, doubles]);
const snapshots = new Chunks(snapshotsAppender, [BIGINT, VARCHAR, ...names.map(() => DOUBLE), LIST(doubles)]);

for await (const text of objectsOf(file)) {
  const record = JSON.parse(text) as VendorRecord;
  const timestamp = BigInt(record['timestamp'] ?? 0);
  const spot = record['spot'] ?? null;
  for (const [strike, gexVol, gexOi, priors] of record.strikes)
    strikes.add([timestamp, record.ticker, spot, strike, gexVol, gexOi, listValue([...priors])]);
  const maxPriors = listValue(record.max_priors.map((pair) => listValue([...pair])));
  snapshots.add([timestamp, record.ticker, ...names.map((name) => record[name] ?? null), maxPriors]);
}
strikes.flush();
snapshots.flush();
strikesAppender.closeSync();
snapshotsAppender.closeSync();

const block = `(to_timestamp(timestamp) AT TIME ZONE 'America/New_York')::DATE AS session_date, to_timestamp(timestamp) AS timestamp`;
for (const table of ['strikes', 'snapshots']) {
  await connection.run(
    `COPY (SELECT ${block}, * EXCLUDE (timestamp) FROM ${table}) TO '${folder}/${table}.parquet' (FORMAT parquet, COMPRESSION zstd)`,
  );
}
connection.closeSync();
instance.closeSync();
