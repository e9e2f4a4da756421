"""Replaying in bulk: decisions a second, memory, and how both grow with the number of tickets (`make bench-replay`).

Tickets lie in a Parquet file. Two processes, one a core, read it piece by piece and put every ticket through all nine
stages of two rulebooks, due times by a business calendar included; some decisions of every piece are made singly too,
and compared. In as many processes, before and after, zen-engine decides some of the same tickets with the same tables,
due times left out. Then the command itself replays the file, from reading it through a mapping to its findings: every
ticket as at its opening and as at its end, so twice as many decisions; and of a tenth, with every decision written.
With `--large`, ten times as many tickets are replayed too, and the memory that the command takes is compared.
The machine may be busy with other things: of all figures, the ratio of the times for which the
processors were really at work is the one to trust.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # each process has one core
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE)]

import polars as pl  # noqa: E402
import replay_memory  # noqa: E402
import replay_workload as workload  # noqa: E402

from engine import Catalogue  # noqa: E402
from engine.bulk import BulkDesk  # noqa: E402
from simulations.bulk import decide_frames  # noqa: E402

PIECE = 1 << 17
WORKERS = 2
CHECKED = 8
"""Decisions of a piece that are compared with the single engine's, for each rulebook."""


class Share(NamedTuple):
    """What one process did."""

    decisions: int
    refused: int
    moved: int
    checked: int
    seconds: float
    busy: float
    """Seconds for which the processor worked for it."""
    peak: int
    """The most memory that it held, in bytes."""


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--large", action="store_true", help="ten times as many tickets too")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--zen", type=int, default=10_000, help="tickets that zen-engine decides in each process")
    args = parser.parse_args()
    sizes = [args.tickets, *([10 * args.tickets] if args.large else [])]
    with tempfile.TemporaryDirectory() as folder:
        print(f"{WORKERS} processes, two rulebooks of nine stages, reading included; median of {args.rounds} rounds")
        print(f"{'':>12}{'MB of':>8}{'':>9}{'decisions':>12}{'a core':>12}{'zen-engine':>12}{'':>8}{'MB a':>9}")
        heads = f"{'a second':>12}{'a second':>12}{'a core':>12}{'ratio':>8}{'process':>9}{'checked':>9}{'moved':>12}"
        print(f"{'tickets':>12}{'file':>8}{'seconds':>9}{heads}")
        for size in sizes:
            path = Path(folder) / f"{size}.parquet"
            workload.write(path, size)
            report(path, size, args.rounds if size == args.tickets else 1, args.zen)
        print(
            "\n`deskpolicy replay` with baseline and candidate, each ticket as at its opening and its end; one process"
        )
        print(f"{'tickets':>12}{'':>8}{'seconds':>9}{'':>12}{'of a core':>12}{'':>12}{'':>8}{'MB':>9}")
        rules, mapping = workload.write_desk(Path(folder))
        peaks = [command(Path(folder) / f"{size}.parquet", rules, mapping, size) for size in sizes]
        if args.large:
            print(f"{sizes[-1]:,} tickets take {peaks[-1] / peaks[0]:.2f} times the memory of {sizes[0]:,}", flush=True)
        fewer = args.tickets // 10
        workload.write(Path(folder) / "fewer.parquet", fewer)
        command(Path(folder) / "fewer.parquet", rules, mapping, fewer, Path(folder) / "out")
    return 0


def command(path: Path, rules: Path, mapping: Path, size: int, out: Path | None = None) -> float:
    """One line about the command, from its start to its findings; gives the most MB that it held."""
    run = replay_memory.replay(path, rules, mapping, out, threads=WORKERS)
    found = json.loads(run.printed)
    decisions = 2 * (found["openings"]["decided"] + found["ends"]["decided"])
    if decisions != 4 * size:
        sys.exit(f"{decisions:,} decisions of {4 * size:,} were taken: the workload is at fault")
    said = "--out" if out is not None else ""
    rates = f"{decisions / run.seconds:12,.0f}{decisions / run.busy:12,.0f}"
    print(f"{size:12,}{said:>8}{run.seconds:9.2f}{rates}{'':20}{run.peak:9,.0f}", flush=True)
    return run.peak


def report(path: Path, size: int, rounds: int, zen: int) -> None:
    """One line of the table. zen-engine is measured before and after each round."""
    measured = []
    for _ in range(rounds):
        before = zen_rate(path, zen)
        shares = in_processes(replayed, path)
        measured.append((shares, statistics.mean((before, zen_rate(path, zen)))))
    seconds = statistics.median(max(s.seconds for s in shares) for shares, _ in measured)
    own = [2 * size / sum(s.busy for s in shares) for shares, _ in measured]
    ratio = statistics.median(rate / other for rate, (_, other) in zip(own, measured, strict=True))
    other = statistics.median(other for _, other in measured)
    shares, _ = measured[-1]
    checked, moved = sum(s.checked for s in shares), sum(s.moved for s in shares)
    peak = max(s.peak for shares, _ in measured for s in shares) / 1e6
    rates = f"{2 * size / seconds:12,.0f}{statistics.median(own):12,.0f}{other:12,.0f}{ratio:8.0f}"
    megabytes = path.stat().st_size / 1e6
    print(f"{size:12,}{megabytes:8,.0f}{seconds:9.2f}{rates}{peak:9,.0f}{checked:9,}{moved:12,}", flush=True)
    if any(s.refused for s in shares) or sum(s.decisions for s in shares) != 2 * size:
        sys.exit("some tickets were not decided: the workload is at fault")


def in_processes(work: Any, *args: Any) -> list[Any]:
    """What each process gives; they begin together, once all are ready."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(WORKERS)
    queue = context.Queue()
    started = [context.Process(target=_run, args=(work, i, barrier, queue, args)) for i in range(WORKERS)]
    for process in started:
        process.start()
    try:
        found = [queue.get(timeout=1_800) for _ in started]
    finally:
        for process in started:
            process.join(timeout=60)
            process.kill()
    for result in found:
        if isinstance(result, str):
            sys.exit(result)
    return found


def _run(work: Any, number: int, barrier: Any, queue: Any, args: tuple[Any, ...]) -> None:
    try:
        queue.put(work(number, barrier, *args))
    except BaseException as error:  # told by the parent, whatever it is
        barrier.abort()
        queue.put(f"{type(error).__name__}: {error}")


def replayed(number: int, barrier: Any, path: Path) -> Share:
    """Put every second piece of the file through both rulebooks."""
    desks = [BulkDesk(catalogue(), "replayed", version) for version in ("1.0.0", "2.0.0")]
    decisions = refused = moved = checked = 0
    barrier.wait(timeout=600)
    start, begun = time.perf_counter(), time.process_time()
    for _, sides in decide_frames(desks, pieces(path, number)):
        baseline, candidate = sides
        decisions += len(baseline) + len(candidate)
        refused += int(baseline.refused.sum())
        due = [side.target("first_response").due for side in sides]
        moved += int((due[0] != due[1]).sum())
        checked += sum(side.check_sample(CHECKED, seed=decisions) for side in sides)
    seconds, busy = time.perf_counter() - start, time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Share(decisions, refused, moved, checked, seconds, busy, peak)


def pieces(path: Path, number: int) -> Iterator[pl.DataFrame]:
    """Every second piece of the file, or as many as there are processes."""
    whole = pl.scan_parquet(path)
    rows = whole.select(pl.len()).collect().item()
    for offset in range(number * PIECE, rows, WORKERS * PIECE):
        yield whole.slice(offset, PIECE).collect()


def catalogue() -> Catalogue:
    """Both rulebooks."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for candidate in (False, True):
            body = workload.rulebook(candidate=candidate)
            paths.append(Path(folder) / f"{body['version']}.yaml")
            paths[-1].write_text(json.dumps(body), encoding="utf-8")
        return Catalogue.of_files(paths)


def zen_rate(path: Path, count: int) -> float:
    """zen-engine's decisions for a second of a core, in as many processes; its answers are checked first."""
    return statistics.mean(in_processes(zen, path, count))


def zen(number: int, barrier: Any, path: Path, count: int) -> float:
    """One process's rate; nan where zen-engine is not installed."""
    call = workload.zen_call()
    if call is None:
        barrier.wait(timeout=600)
        return float("nan")
    frame = pl.scan_parquet(path).head(count).collect()
    inputs = workload.zen_inputs(frame)
    ours = BulkDesk(catalogue(), "replayed", "1.0.0")
    for _, (decided,) in decide_frames([ours], [frame.head(500)]):
        for row, facts in enumerate(inputs[:500]):
            stage = workload.differs(call(facts), decided.single(row)["decision"])
            if stage is not None:
                raise SystemExit(f"zen-engine: `{stage}` of row {row} is not ours")
    barrier.wait(timeout=600)
    begun = time.process_time()
    for facts in inputs:
        call(facts)
    return len(inputs) / (time.process_time() - begun)


if __name__ == "__main__":
    sys.exit(main())
