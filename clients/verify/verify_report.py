#!/usr/bin/env python3
"""Compares the files of a data folder with what a report of gexlake says of them.

    python3 verify_report.py DATA_FOLDER [--rows]

Reads `report.json` beside this file. Needs Python 3.9 or newer and nothing else; with --rows, which counts the rows and looks at
the times of every file, too, it needs pyarrow. Exit code 0: all as the report says; 1: something is not; 2: it cannot be said.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

BLOCK_BYTES = 1 << 20


def sha256_of(path):
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def difference_in_bytes(path, stated):
    """What is wrong with a file, in words; None if nothing is."""
    if not path.is_file():
        return "is gone"
    size = path.stat().st_size
    if size != stated["size_bytes"]:
        return f"has {size} bytes, the report says {stated['size_bytes']}"
    found = sha256_of(path)
    if found != stated["sha256"]:
        return f"has SHA-256 {found}, the report says {stated['sha256']}"
    return None


def difference_in_rows(path, stated, parquet):
    """The same of its rows: how many there are, and that they are of the sessions that the report names."""
    table = parquet.read_table(path, columns=["session_date"], partitioning=None)
    if table.num_rows != stated["rows"]:
        return f"has {table.num_rows} rows, the report says {stated['rows']}"
    days = sorted({str(day) for day in table.column("session_date").unique().to_pylist()})
    if days != sorted(stated["session_dates"]):
        return f"has rows of {', '.join(days)}, the report says {', '.join(stated['session_dates'])}"
    return None


def main():
    parser = argparse.ArgumentParser(description="Compares the files of a data folder with what this report says of them.")
    parser.add_argument("data_folder", type=Path, help="the folder that has parquet/")
    parser.add_argument("--rows", action="store_true", help="count the rows, too; needs pyarrow")
    asked = parser.parse_args()
    report = json.loads(Path(__file__).with_name("report.json").read_text(encoding="utf-8"))
    parquet = None
    if asked.rows:
        try:
            import pyarrow.parquet as parquet
        except ImportError:
            print("--rows needs pyarrow: python3 -m pip install pyarrow", file=sys.stderr)
            return 2
    wrong = 0
    for stated in report["files"]:
        path = asked.data_folder / stated["path"]
        problem = difference_in_bytes(path, stated)
        if problem is None and parquet is not None:
            problem = difference_in_rows(path, stated, parquet)
        if problem is not None:
            wrong += 1
            print(f"{stated['path']} {problem}")
    print(f"{len(report['files'])} files: {len(report['files']) - wrong} as the report of {report['made_at']} says, {wrong} not")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
