"""The most memory that `deskpolicy replay` holds, for histories of several lengths: one JSON line each.

The process itself tells, from `/proc`: what its parent would be told includes what the parent held when it started it.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

import replay_workload as workload  # noqa: E402

_TOLD = """\
import sys
from cli import main
try:
    main()
finally:
    with open("/proc/self/status") as status:
        print(next(line for line in status if line.startswith("VmHWM")).split()[1], file=sys.stderr)
"""
_SMALL = """\
import simulations.gathered as gathered
from simulations.histories import parquet_form
gathered.HELD, parquet_form.LARGE_BATCH_ROWS, parquet_form._AHEAD = 1 << 14, 1 << 14, 1 << 15
"""
"""Less is held than in earnest, so that histories need not be long to fill it."""


class Run(NamedTuple):
    """A command that has ended: what it printed, how long it took and kept processors at work, and MB at most."""

    printed: str
    seconds: float
    busy: float
    peak: float


def replay(
    history: Path, rules: Path, mapping: Path, out: Path | None = None, *, threads: int = 2, small: bool = False
) -> Run:
    """Run the command in a process of its own, with baseline and candidate."""
    line = [sys.executable, "-c", (_SMALL if small else "") + _TOLD, "replay", str(history), "--map", str(mapping)]
    line += ["--rules", str(rules), "--baseline", "replayed@1.0.0", "--candidate", "replayed@2.0.0"]
    line += ["--format", "json", *(["--out", str(out)] if out is not None else [])]
    environment = {**os.environ, "POLARS_MAX_THREADS": str(threads), "PYTHONPATH": str(HERE.parents[1])}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run = subprocess.run(line, capture_output=True, check=False, timeout=3_600, env=environment, text=True)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"the command ended with {run.returncode}: {run.stderr[-500:]}")
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(run.stdout, seconds, busy, int(run.stderr.split()[-1]) * 1024 / 1e6)


def main(given: Sequence[str] | None = None) -> int:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="+", help="lengths of histories")
    parser.add_argument("--events", action="store_true", help="a row is an event; those of a ticket lie anywhere")
    parser.add_argument("--small", action="store_true", help="let the command hold less than in earnest")
    args = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as folder:
        rules, mapping = workload.write_desk(Path(folder), events=args.events)
        for rows in args.rows:
            path = Path(folder) / f"{rows}.parquet"
            workload.write(path, rows, events=args.events)
            run = replay(path, rules, mapping, small=args.small)
            size = json.loads(run.printed)["size"]
            said = {"rows": size["rows"], "tickets": size["tickets"], "seconds": run.seconds, "megabytes": run.peak}
            print(json.dumps(said), flush=True)
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
