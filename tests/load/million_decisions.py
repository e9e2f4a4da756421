"""A million decisions with the decision log on: memory does not grow.

    python tests/load/million_decisions.py [--decisions 1000000] [--to file|parquet|none] [--hang] [--format json]

Decides through the lane of the service in one process, flat out; prints memory by decisions. Ends with 1 when memory
at the end is above that at half the way by more than 5 %; until then the line of waiting decisions may fill. `--hang`
writes to a pipe that nobody reads.
"""

import argparse
import asyncio
import gc
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from api import Settings, Shelf, now
from api.beside import beside_decisions
from api.call import Call
from api.decide import Decide
from api.settings import DecisionLog
from engine import Catalogue

ROOT = Path(__file__).parents[2]
HEAD = {"type": "http", "method": "POST", "path": "/v1/decide", "headers": []}
GROWTH = 1.05
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident() -> float:
    """Resident memory of this process, in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE / 2**20


def request(number: int) -> bytes:
    """A request; no two are alike."""
    return msgspec.json.encode(
        {
            "rulebook": "internal-it",
            "ticket": {
                "id": f"T{number}",
                "text": f"the printer of room {number} is on fire",
                "channel": "hm",
                "category": "product_service",
                "urgency": ("low", "normal", "high", "critical")[number % 4],
                "created_at": "2026-11-23T09:30:00+03:00",
            },
            "requester": {"id": f"r{number % 5000}", "relation": "employee", "role": "employee"},
            "roster": [{"id": f"a{n}", "online": bool((number + n) % 3)} for n in range(5)],
        }
    )


async def decide(
    settings: Settings, decisions: int, told: int
) -> tuple[list[tuple[int, float, float]], dict[str, int]]:
    """Rows of decisions, MiB and decisions a second; and the figures of the log."""
    catalogue = Catalogue.load(ROOT / "rules", clock=now)
    shelf = Shelf(catalogue)
    beside = beside_decisions(shelf, settings)
    lane = Decide(shelf, observers=beside.observers)
    rows, began = [], time.perf_counter()
    async with beside.running():
        for number in range(1, decisions + 1):
            lane.decide_bytes(catalogue, request(number), ("en",), Call(HEAD))
            if number % 20 == 0:
                await asyncio.sleep(0)
            if number % told == 0:
                gc.collect()
                rate = told / (time.perf_counter() - began)
                rows.append((number, resident(), rate))
                began = time.perf_counter()
    return rows, dict(beside.log.figures()) if beside.log else {}


def main() -> int:
    """Run, print the table, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--to", choices=("file", "parquet", "none"), default="file")
    parser.add_argument("--buffer", type=int, default=10_000)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--hang", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.jsonl"
        if given.hang:
            os.mkfifo(path)
        said = DecisionLog(to=given.to, path=str(path), rotate=20 * 2**20, keep=2, every=10, buffer=given.buffer)
        settings = Settings(decisions=said)
        rows, figures = asyncio.run(decide(settings, given.decisions, given.decisions // 10))
    if given.format == "json":
        plain = [dict(zip(("decisions", "mebibytes", "a_second"), row, strict=True)) for row in rows]
        print(msgspec.json.encode({"rows": plain, "figures": figures}).decode())
        return 0
    print(f"{'decisions':>10}  {'MiB':>7}  {'a second':>8}")
    for count, mebibytes, rate in rows:
        print(f"{count:>10,}  {mebibytes:>7.1f}  {rate:>8,.0f}")
    print(", ".join(f"{name} {count:,}" for name, count in figures.items()))
    half, last = rows[len(rows) // 2 - 1][1], rows[-1][1]
    print(f"memory at the end is {last / half:.3f} of that at half the way")
    return int(last > half * GROWTH)


if __name__ == "__main__":
    sys.exit(main())
