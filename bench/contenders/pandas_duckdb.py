"""As scripts do it with pandas: read_json, explode the ladder, DuckDB writes the Parquet.

usage: python pandas_duckdb.py <file.json> <output folder>
"""

import sys

import report_usage  # noqa: F401
import duckdb
import pandas as pd

path, folder = sys.argv[1:3]
BLOCK = (
    "(to_timestamp(timestamp) AT TIME ZONE 'America/New_York')::DATE AS session_date, "
    "to_timestamp(timestamp) AS timestamp, ticker"
)

records = pd.read_json(path, convert_dates=False, dtype=False)
exploded = records[["timestamp", "ticker", "spot", "strikes"]].explode("strikes", ignore_index=True)
entries = pd.DataFrame(exploded.pop("strikes").tolist(), columns=["strike", "gex_vol", "gex_oi", "priors"])
strikes = exploded.join(entries)
snapshots = records.drop(columns=["strikes"])
connection = duckdb.connect()
connection.execute(
    f"""COPY (SELECT {BLOCK}, spot::DOUBLE AS spot, strike::DOUBLE AS strike, gex_vol::DOUBLE AS gex_vol,
      gex_oi::DOUBLE AS gex_oi, priors::DOUBLE[] AS priors FROM strikes)
    TO '{folder}/strikes.parquet' (FORMAT parquet, COMPRESSION zstd)"""
)
connection.execute(
    f"""COPY (SELECT {BLOCK}, * EXCLUDE (timestamp, ticker, max_priors), max_priors::DOUBLE[][] AS max_priors FROM snapshots)
    TO '{folder}/snapshots.parquet' (FORMAT parquet, COMPRESSION zstd)"""
)
