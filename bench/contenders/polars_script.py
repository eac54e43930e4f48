"""As scripts do it with Polars: read_json, explode the ladder, write_parquet.

Polars reads [strike, vol, oi, [priors]] as a list of lists: it wraps each lone number into a list of one.

usage: python polars_script.py <file.json> <output folder>
"""

import sys

import report_usage  # noqa: F401
import polars as pl

path, folder = sys.argv[1:3]
records = pl.read_json(path)
moment = pl.from_epoch("timestamp", time_unit="s").dt.replace_time_zone("UTC").alias("timestamp")
session = moment.dt.convert_time_zone("America/New_York").dt.date().alias("session_date")
entry = pl.col("strikes").list
strikes = (
    records.select("timestamp", "ticker", pl.col("spot").cast(pl.Float64), "strikes")
    .explode("strikes")
    .select(
        session,
        moment,
        "ticker",
        "spot",
        entry.get(0).list.first().alias("strike"),
        entry.get(1).list.first().alias("gex_vol"),
        entry.get(2).list.first().alias("gex_oi"),
        entry.get(3).alias("priors"),
    )
)
strikes.write_parquet(f"{folder}/strikes.parquet", compression="zstd")
numbers = pl.col(pl.Int64, pl.Float64).exclude("timestamp").cast(pl.Float64)
records.select(session, moment, "ticker", numbers, "max_priors").write_parquet(
    f"{folder}/snapshots.parquet", compression="zstd"
)
