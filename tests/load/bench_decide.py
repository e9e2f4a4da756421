"""Decisions a second in one process, beside other engines in the same run (`make bench`).

One workload for all: its tables lie beside the project, every engine's rules are generated from them, and every
engine's answers are checked before it is measured. Mapping in, mapping out; then bytes in, bytes out, where JSON is
read and written by msgspec unless the engine writes it itself. The engines take turns, round after round, so that a
slow moment of the machine meets all of them; the table shows medians and ratios to zen-engine asked the same way.

The second table shows what more rows cost: five tables of four columns, a fresh combination of facts for each decision
(so that nothing remembered helps), and zen-engine and the engine `rete` on the same rows.
"""

import argparse
import gc
import importlib
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from engine import Catalogue, EngineFault, EngineName, EngineUnavailable

HERE = Path(__file__).resolve().parent
PEERS = HERE.parents[1].parent / "shared" / "peers"
sys.path[:0] = [str(HERE), str(PEERS)]

import many_rows  # noqa: E402
import workload_rulebook  # noqa: E402

Call = Callable[[Any], Any]
BYTES = "bytes in, bytes out"
TRACED = ", with trace"
read = msgspec.json.Decoder().decode
write = msgspec.json.Encoder().encode


def main() -> int:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--tickets", type=int, default=20_000)
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1_000, 10_000])
    args = parser.parse_args()
    if PEERS.is_dir():
        print_table("the peers' workload: six tables, ten topics", peers_workload(args.tickets), args.rounds)
    else:
        print("the peers' workload is not here: only the second table can be shown")
    rows_table(args.sizes, args.rounds)
    return 0


def catalogue_of(body: dict[str, Any], engine: EngineName = "bitmap") -> Catalogue:
    """A catalogue of one rulebook, given as data."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "1.0.0.yaml"
        path.write_text(json.dumps(body), encoding="utf-8")
        return Catalogue.of_files([path], engine=engine)


def peers_workload(count: int) -> list[tuple[str, Call, Sequence[Any]]]:
    """Name, call and inputs of each engine; each one's answers are checked first."""
    workload = importlib.import_module("workload")
    tickets = workload.tickets(count)
    catalogue = catalogue_of(workload_rulebook.rulebook(workload))
    plain = [workload_rulebook.request(ticket) for ticket in tickets]
    traced = [workload_rulebook.request(ticket, explain=True) for ticket in tickets]
    check("deskpolicy", (workload_rulebook.outcome(catalogue.decide(r)) for r in plain), tickets, workload)
    found: list[tuple[str, Call, Sequence[Any]]] = [
        ("deskpolicy", catalogue.decide, plain),
        ("deskpolicy, with trace", catalogue.decide, traced),
        (f"deskpolicy, {BYTES}", lambda raw: catalogue.decide_json(read(raw)), [write(r) for r in plain]),
        (f"deskpolicy, {BYTES}{TRACED}", lambda raw: catalogue.decide_json(read(raw)), [write(r) for r in traced]),
    ]
    found += rete_calls(workload, tickets, plain)
    return found + zen_calls(workload, tickets) + durable_calls(workload, tickets)


def rete_calls(workload: Any, tickets: Sequence[Any], plain: Sequence[Any]) -> list[tuple[str, Call, Sequence[Any]]]:
    """The second engine, where it can be had: the same answers as the first."""
    catalogue = rete_of(workload_rulebook.rulebook(workload))
    if catalogue is None:
        return []
    some = slice(500)
    check("rete", (workload_rulebook.outcome(catalogue.decide(r)) for r in plain[some]), tickets[some], workload)
    return [("deskpolicy, engine rete", catalogue.decide, plain)]


def check(name: str, answers: Iterator[Any], tickets: Sequence[Any], workload: Any) -> None:
    """Stop unless the answers are those of the workload's reference."""
    wrong = sum(answer != workload.decide(ticket) for answer, ticket in zip(answers, tickets, strict=True))
    if wrong:
        sys.exit(f"{name}: {wrong} of {len(tickets)} answers differ from the reference")


def rete_of(body: dict[str, Any]) -> Catalogue | None:
    """A catalogue of one rulebook in the second engine, where that can be had and can take it."""
    try:
        return catalogue_of(body, "rete")
    except (EngineUnavailable, EngineFault) as error:
        print(f"left out: {error}")
        return None


def zen_calls(workload: Any, tickets: Sequence[Any]) -> list[tuple[str, Call, Sequence[Any]]]:
    """zen-engine with its static loader, its fastest form."""
    try:
        zen = importlib.import_module("zen")
    except ImportError:
        print("zen-engine is not installed: left out")
        return []
    models = importlib.import_module("zenmodel")
    engine = zen.ZenEngine({"loader": {"type": "static", "content": models.MODELS}})
    some = tickets[:2000]
    check("zen-engine", (models.norm(engine.evaluate("fan_rows", t)["result"]) for t in some), some, workload)
    raws = [write(ticket) for ticket in tickets]
    return [
        ("zen-engine", lambda t: engine.evaluate("fan_rows", t), tickets),
        ("zen-engine, with trace", lambda t: engine.evaluate("fan_rows", t, {"trace": True}), tickets),
        (f"zen-engine, {BYTES}", lambda raw: write(engine.evaluate("fan_rows", read(raw))), raws),
        (
            f"zen-engine, {BYTES}{TRACED}",
            lambda raw: write(engine.evaluate("fan_rows", read(raw), {"trace": True})),
            raws,
        ),
    ]


def durable_calls(workload: Any, tickets: Sequence[Any]) -> list[tuple[str, Call, Sequence[Any]]]:
    """durable-rules, where it can be built."""
    try:
        durable = importlib.import_module("bench_durable")
    except ImportError as error:
        print(f"durable-rules is not here ({error}): left out")
        return []
    some = tickets[:500]
    check("durable-rules", (durable.one(ticket) for ticket in some), some, workload)
    return [("durable-rules", durable.one, tickets)]


def rates(
    calls: Sequence[tuple[str, Call, Sequence[Any]]], rounds: int, seconds: float = 0.7
) -> dict[str, list[float]]:
    """Decisions a second of each, round by round, the engines taking turns."""
    found: dict[str, list[float]] = {name: [] for name, _, _ in calls}
    places = dict.fromkeys(found, 0)
    for _ in range(rounds + 1):
        for name, call, inputs in calls:
            gc.collect()
            done, start = 0, time.perf_counter()
            while (elapsed := time.perf_counter() - start) < seconds:
                at = places[name]
                chunk = inputs[at : at + 50]
                for item in chunk:
                    call(item)
                done += len(chunk)
                places[name] = (at + 50) % len(inputs)
            found[name].append(done / elapsed)
    return {name: values[1:] for name, values in found.items()}


def print_table(title: str, calls: Sequence[tuple[str, Call, Sequence[Any]]], rounds: int) -> None:
    """Medians, and ratios to zen-engine with and without its trace, round by round."""
    measured = rates(calls, rounds)
    print(f"\n{title}; {rounds} rounds")
    print(f"{'':44}{'decisions/s':>12}{'µs each':>10}{'min':>10}{'max':>10}{'× zen-engine':>14}")
    for name, values in measured.items():
        peer = measured.get(f"zen-engine{', ' + BYTES if BYTES in name else ''}{TRACED if TRACED in name else ''}")
        ratio = statistics.median(a / b for a, b in zip(values, peer, strict=True)) if peer else float("nan")
        middle = statistics.median(values)
        print(f"{name:44}{middle:12,.0f}{1e6 / middle:10.1f}{min(values):10,.0f}{max(values):10,.0f}{ratio:14.2f}")


def rows_table(sizes: Sequence[int], rounds: int) -> None:
    """The cost of a decision by the number of rows in each table."""
    print(f"\nfive tables of four columns, no combination of facts twice; {rounds} rounds")
    heads = f"{'deskpolicy µs':>15}{'× fewest rows':>15}{'rete µs':>12}{'zen-engine µs':>15}{'ratio':>9}"
    print(f"{'rows a table':>12}{'load s':>9}{heads}")
    first = None
    for size in sizes:
        tables = many_rows.tables(size, random.Random(size))
        start = time.perf_counter()
        catalogue = catalogue_of(many_rows.rulebook(tables))
        load = time.perf_counter() - start
        second = rete_of(many_rows.rulebook(tables))
        facts = many_rows.facts(30_000, random.Random(1))
        requests = [many_rows.request(f) for f in facts]
        many_rows.check(tables, catalogue, facts[:200])
        calls: list[tuple[str, Call, Sequence[Any]]] = [("deskpolicy", catalogue.decide, requests)]
        if second:
            many_rows.check(tables, second, facts[:20])
            calls.append(("rete", second.decide, requests))
        peer = many_rows.zen_call(tables, facts[:20])
        if peer:
            calls.append(("zen-engine", peer, facts))
        measured = {name: 1e6 / statistics.median(values) for name, values in rates(calls, rounds).items()}
        own, other, rete = (measured.get(name, float("nan")) for name in ("deskpolicy", "zen-engine", "rete"))
        first = first or own
        print(f"{size:12,}{load:9.2f}{own:15.1f}{own / first:15.2f}{rete:12.1f}{other:15.1f}{other / own:9.1f}")


if __name__ == "__main__":
    sys.exit(main())
