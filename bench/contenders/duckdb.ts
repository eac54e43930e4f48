// What a user would do with DuckDB alone, for both datasets, as zstd Parquet. It neither stages nor checks nor syncs.
// usage: node duckdb.ts <file.json> <output folder> table|statement
//
// table:     read_json with explicit types into a table in memory, then unnest and COPY from there
// statement: COPY (SELECT … FROM read_json(…)), once for each dataset, with only the columns that it needs
//
// What was tried besides, and is slower: the ladder as JSON with ->, as VARCHAR[][], as text that is split at its commas,
// preserve_insertion_order = false, one thread. maximum_object_size = 1 MB lets both threads share the file.
import { DuckDBInstance } from '@duckdb/node-api';

const [file = '', folder = '', form = 'statement'] = process.argv.slice(2);
const names =
  'min_dte sec_min_dte spot zero_gamma major_pos_vol major_pos_oi major_neg_vol major_neg_oi sum_gex_vol sum_gex_oi delta_risk_reversal'.split(
    ' ',
  );
const key = { timestamp: 'BIGINT', ticker: 'VARCHAR' };
const scalars = Object.fromEntries(names.map((name) => [name, 'DOUBLE']));
const block = `(to_timestamp(timestamp) AT TIME ZONE 'America/New_York')::DATE AS session_date, to_timestamp(timestamp) AS timestamp, ticker`;

function records(columns: Readonly<Record<string, string>>): string {
  const types = Object.entries(columns).map(([name, type]) => `${name}: '${type}'`);
  return `read_json('${file}', format = 'array', columns = {${types.join(', ')}}, maximum_object_size = 1000000)`;
}

function strikesOf(source: string): string {
  return `SELECT ${block}, spot, entry[1]::VARCHAR::DOUBLE AS strike, entry[2]::VARCHAR::DOUBLE AS gex_vol,
    entry[3]::VARCHAR::DOUBLE AS gex_oi, entry[4]::DOUBLE[] AS priors
  FROM (SELECT *, unnest(strikes) AS entry FROM ${source})`;
}

function snapshotsOf(source: string): string {
  return `SELECT ${block}, ${names.join(', ')}, max_priors FROM ${source}`;
}

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();

async function copy(query: string, name: string): Promise<void> {
  await connection.run(`COPY (${query}) TO '${folder}/${name}.parquet' (FORMAT parquet, COMPRESSION zstd)`);
}

if (form === 'table') {
  const all = { ...key, ...scalars, strikes: 'JSON[][]', max_priors: 'DOUBLE[][]' };
  await connection.run(`CREATE TABLE records AS SELECT * FROM ${records(all)}`);
  await copy(strikesOf('records'), 'strikes');
  await copy(snapshotsOf('records'), 'snapshots');
} else {
  await copy(strikesOf(records({ ...key, spot: 'DOUBLE', strikes: 'JSON[][]' })), 'strikes');
  await copy(snapshotsOf(records({ ...key, ...scalars, max_priors: 'DOUBLE[][]' })), 'snapshots');
}
connection.closeSync();
instance.closeSync();
