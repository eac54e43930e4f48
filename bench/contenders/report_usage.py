"""Writes what a Python contender used when it ends, as report-usage.ts does for Node."""

import atexit
import json
import os
import resource


def _report() -> None:
    folder = os.environ.get("GEXLAKE_BENCH_USAGE")
    if folder is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # ru_maxrss is in KiB on Linux
    facts = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1000}
    with open(os.path.join(folder, f"{os.getpid()}.json"), "w", encoding="utf-8") as file:
        json.dump(facts, file)


atexit.register(_report)
