// What a user would do with DuckDB alone: read_json with explicit types into a table in memory, unnest, COPY as zstd Parquet.
// Of the forms tried (JSON[] with ->, JSON[][] with a cast, JSON[][] by way of VARCHAR) this is the fastest.
// usage: node plain-duckdb.ts <file.json> <output folder>
import { DuckDBInstance } from '@duckdb/node-api';

const [file = '', folder = ''] = process.argv.slice(2);
const names =
  'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal';
const scalars = names.split(' ').map((name) => `${name}: 'DOUBLE'`);
const columns = `{timestamp: 'BIGINT', ticker: 'VARCHAR', ${scalars.join(', ')}, strikes: 'JSON[][]', max_priors: 'DOUBLE[][]'}`;
const block = `(to_timestamp(timestamp) AT TIME ZONE 'America/New_York')::DATE AS session_date, to_timestamp(timestamp) AS timestamp, ticker`;

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(
  `CREATE TABLE records AS SELECT * FROM read_json('${file}', format = 'array', columns = ${columns})`,
);
await connection.run(`COPY (
  SELECT ${block}, spot, entry[1]::VARCHAR::DOUBLE AS strike, entry[2]::VARCHAR::DOUBLE AS gex_vol, entry[3]::VARCHAR::DOUBLE AS gex_oi,
    entry[4]::DOUBLE[] AS priors
  FROM (SELECT *, unnest(strikes) AS entry FROM records)
) TO '${folder}/strikes.parquet' (FORMAT parquet, COMPRESSION zstd)`);
await connection.run(`COPY (
  SELECT ${block}, ${names.replaceAll(' ', ', ')}, max_priors FROM records
) TO '${folder}/snapshots.parquet' (FORMAT parquet, COMPRESSION zstd)`);
connection.closeSync();
instance.closeSync();
