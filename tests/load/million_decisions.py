"""A million decisions with the decision log on: none is lost, and memory does not grow.

    python tests/load/million_decisions.py [--decisions 1000000] [--to file|parquet|none] [--hang] [--format json]

Decides through the lane of the service in one process, flat out, and prints by decisions the memory that it and the
writer of its log have taken at most until then. What is needed once is needed in the first half: a first Parquet file
takes tens of mebibytes, and a full line of waiting decisions too, so the line is filled before it begins. Ends with 1
when the second half raises the most by more than 8 MiB, or when a sink that works has lost any. `--hang` writes to a
pipe that nobody reads; `--keep` keeps every answer, which must be told.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from api import Settings, Shelf, now
from api.beside import beside_decisions
from api.call import Call
from api.decide import Decide
from api.decision_log import DecisionLog as Log
from api.settings import DecisionLog
from engine import Catalogue

ROOT = Path(__file__).parents[2]
HEAD = {"type": "http", "method": "POST", "path": "/v1/decide", "headers": []}
GROWTH = 8.0
"""MiB; the records of 3,500 decisions."""
SECONDS_TO_WRITE = 120


class Row(NamedTuple):
    """What was seen after so many decisions."""

    decisions: int
    mebibytes: float
    """The most that the process which decides has had resident, until then."""
    writer: float
    """The same of the process that writes."""
    a_second: float


def most_resident(process: int | None) -> float:
    """The most memory that a process has had resident, in MiB; 0 where there is none."""
    if process is None:
        return 0.0
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) / 1024


def growth(rows: Sequence[Row]) -> float:
    """By how many MiB the second half of the decisions raised the memory of both processes."""
    half, last = rows[len(rows) // 2 - 1], rows[-1]
    return last.mebibytes + last.writer - half.mebibytes - half.writer


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
    settings: Settings, decisions: int, told: int, *, hangs: bool, kept: list[bytes] | None = None
) -> tuple[list[Row], dict[str, int]]:
    """What was seen on the way, and the figures of the log.

    Before it looks it waits until all is written, so that a row is of so many decisions, however fast the machine is;
    but not where the sink `hangs`.
    """
    catalogue = Catalogue.load(ROOT / "rules", clock=now)
    shelf = Shelf(catalogue)
    beside = beside_decisions(shelf, settings)
    lane = Decide(shelf, observers=beside.observers)
    rows = list[Row]()

    def made(number: int) -> bytes:
        return lane.decide_bytes(catalogue, request(number), ("en",), Call(HEAD))

    async with beside.running():
        if beside.log is not None:
            await fill(beside.log, made)
            if not hangs:
                await written(beside.log)
        began = time.perf_counter()
        for number in range(1, decisions + 1):
            answer = made(number)
            if kept is not None:
                kept.append(answer)
            if number % 20 == 0:
                await asyncio.sleep(0)
            if number % told == 0:
                rate = told / (time.perf_counter() - began)
                writer = None
                if beside.log is not None:
                    if not hangs:
                        await written(beside.log)
                    writer = beside.log.courier.writer
                rows.append(Row(number, most_resident(os.getpid()), most_resident(writer), rate))
                began = time.perf_counter()
    return rows, dict(beside.log.figures()) if beside.log else {}


async def fill(log: Log, made: Callable[[int], bytes]) -> None:
    """Make as many decisions as may wait, while the writer stands still; then let it write them."""
    assert log.courier.writer is not None
    os.kill(log.courier.writer, signal.SIGSTOP)
    for number in range(log.courier.most):
        made(number)
    os.kill(log.courier.writer, signal.SIGCONT)


async def written(log: Log) -> None:
    """Wait until nothing waits."""
    until = time.monotonic() + SECONDS_TO_WRITE
    while log.figures()["waiting"] and time.monotonic() < until:
        await asyncio.sleep(0.01)


def main() -> int:
    """Run, print the table, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--to", choices=("file", "parquet", "none"), default="file")
    parser.add_argument("--buffer", type=int, default=10_000)
    parser.add_argument("--rotate", type=int, default=20 * 2**20, help="bytes of a file")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--hang", action="store_true")
    parser.add_argument("--keep", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.jsonl"
        if given.hang:
            os.mkfifo(path)
        said = DecisionLog(to=given.to, path=str(path), rotate=given.rotate, keep=2, every=10, buffer=given.buffer)
        settings = Settings(decisions=said)
        kept: list[bytes] | None = [] if given.keep else None
        told = given.decisions // 10
        rows, figures = asyncio.run(decide(settings, given.decisions, told, hangs=given.hang, kept=kept))
    lost = sum(count for name, count in figures.items() if name.startswith("lost_"))
    if given.format == "json":
        print(json.dumps({"rows": [row._asdict() for row in rows], "figures": figures, "growth": growth(rows)}))
        return 0
    print(f"{'decisions':>10}  {'MiB':>7}  {'writer':>7}  {'a second':>8}")
    for row in rows:
        print(f"{row.decisions:>10,}  {row.mebibytes:>7.1f}  {row.writer:>7.1f}  {row.a_second:>8,.0f}")
    print(", ".join(f"{name} {count:,}" for name, count in figures.items()))
    print(f"the second half raised memory by {growth(rows):.1f} MiB")
    return int(growth(rows) > GROWTH or (lost > 0 and not given.hang))


if __name__ == "__main__":
    sys.exit(main())
