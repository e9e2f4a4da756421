"""Times of proof by size: tables of eight columns, and Z3 asked the same of one of them; the rulebooks of `rules`.

Processor time, so that other work on the machine counts little. Needs the `bench` extra for Z3.
"""

import importlib
import json
import random
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from engine.decision import CompiledRulebook, check_paths, compile_rulebook, read_bytes
from engine.proof import check_meaning, prove_paths
from engine.proof.findings import findings_of
from engine.proof.space.formulas import Holds, Settles
from engine.proof.space.space import Side, Space
from engine.proof.space.verdicts import ask

SIZES = (100, 1_000, 2_000, 10_000)
PEER = 2_000
"""Rows of the table of which Z3 is asked too."""
CHANNELS, CATEGORIES, SERVICES = (
    tuple(f"{kind}{i}" for i in range(n)) for kind, n in (("c", 10), ("k", 50), ("s", 50))
)
URGENCIES, TIERS, MOST, FEW = ("low", "normal", "high", "critical"), ("x", "y", "z"), 1_000_000, 1_000
FACTS: dict[str, Any] = {
    "ticket.channel": [*CHANNELS],
    "ticket.category": [*CATEGORIES],
    "ticket.service": [*SERVICES],
    "ticket.urgency": {"ordered": [*URGENCIES]},
    "ticket.fields.a": {"whole": {"at_least": 0, "at_most": MOST}},
    "ticket.fields.b": "truth",
    "requester.tier": [*TIERS],
    "ticket.fields.n": {"whole": {"at_least": 0, "at_most": FEW}},
}


def rows_of(number: int) -> list[list[Any]]:
    """Rows of the table, always the same."""
    chance = random.Random(1)
    return [_row(chance, i) for i in range(number)]


def _row(chance: random.Random, i: int) -> list[Any]:
    return [
        chance.choice(["any", chance.sample(CHANNELS, 2)]),
        chance.sample(CATEGORIES, 2),
        chance.choice(["any", chance.sample(SERVICES, 3)]),
        chance.choice(["any", "low", "high", {"at_least": "normal"}]),
        chance.choice(["any", {"at_least": chance.randrange(MOST)}]),
        chance.choice(["any", True, False]),
        chance.choice(["any", "x", ["y", "z"]]),
        chance.choice(["any", {"at_most": chance.randrange(FEW)}]),
        f"P{i % 5}",
    ]


def main() -> None:
    """Print a line for each size, then Z3's, then the rulebooks'."""
    head = ("rows", "load", "space", "gap", "unreachable", "all findings", "one by one", "MiB")
    print("".join(f"{name:>14}" for name in head))
    for size in SIZES:
        print("".join(f"{value:>14}" for value in _measured(size)), flush=True)
    _peer()
    _rulebooks()


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = process_time()
    found = work()
    return round(process_time() - begin, 2), found


def _measured(size: int) -> Iterator[Any]:
    table = {"when": [*FACTS], "then": ["level"], "rows": rows_of(size)}
    raw = json.dumps({"rulebook": "desk", "version": "1.0.0", "facts": FACTS, "priority": {"table": table}}).encode()
    loading, file = _timed(lambda: read_bytes("desk.yaml", raw))
    assert file.rulebook is not None
    assert file.source is not None
    book, source = compile_rulebook(file.rulebook), file.source
    building, space = _timed(lambda: Space([Side(book)]))
    yield from (size, loading, building, _timed(lambda: ask(space, Settles("priority", None)))[0])
    unreachable, dead = _timed(lambda: unreachable_rows(book))
    yield f"{unreachable} ({len(dead)})"
    yield _timed(lambda: findings_of(book, source))[0]
    settles = space.decided[0]["priority"].settles
    yield _timed(lambda: [space.clauses.can_hold([literal]) for literal in settles])[0] if size <= PEER else "-"
    yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def unreachable_rows(book: CompiledRulebook) -> list[int]:
    """The rows that settle nothing: each is asked for while all before it are excluded for good."""
    rows = book.rulebook.stages["priority"].rows
    bare = replace(book, rulebook=replace(book.rulebook, stages={}))
    space = Space([Side(bare)], [Holds(*one) for row in rows for one in row.when.items()])
    dead = []
    for i, row in enumerate(rows):
        asked = [space.holds(fact, condition, 0) for fact, condition in row.when.items()]
        if space.clauses.can_hold(asked):
            space.clauses.add([-literal for literal in asked])
        else:
            dead.append(i)
    return dead


# The peer.


def _peer() -> None:
    try:
        z3 = importlib.import_module("z3")
    except ImportError:
        print("Z3 is not installed: the `bench` extra has it", file=sys.stderr)
        return
    solver, conditions = z3.Solver(), _as_z3(z3, rows_of(PEER))
    dead = []

    def unreachable() -> None:
        for i, asked in enumerate(conditions):
            if solver.check(asked) == z3.unsat:
                dead.append(i)
            solver.add(z3.Not(asked))

    taken, _ = _timed(unreachable)
    gap, verdict = _timed(lambda: z3.SolverFor("QF_LIA") and _gap(z3, conditions))
    print(f"Z3 {z3.get_version_string()}, {PEER} rows: gap {gap} ({verdict}), unreachable {taken} ({len(dead)})")


def _gap(z3: Any, conditions: Sequence[Any]) -> str:
    solver = z3.Solver()
    solver.add(z3.Not(z3.Or(conditions)), *_domains(z3))
    return str(solver.check())


def _facts(z3: Any) -> list[Any]:
    return [z3.Int(f"f{i}") for i in range(len(FACTS))]


def _domains(z3: Any) -> list[Any]:
    """Each fact is absent (-1) or one of its values, by number."""
    tops = (len(CHANNELS) - 1, len(CATEGORIES) - 1, len(SERVICES) - 1, len(URGENCIES) - 1, MOST, 1, len(TIERS) - 1, FEW)
    return [z3.And(fact >= -1, fact <= top) for fact, top in zip(_facts(z3), tops, strict=True)]


def _as_z3(z3: Any, rows: Sequence[Sequence[Any]]) -> list[Any]:
    names = (CHANNELS, CATEGORIES, SERVICES, URGENCIES, None, (False, True), TIERS, None)
    return [
        z3.And(*_domains(z3), *(_test(z3, *one) for one in zip(_facts(z3), row[:-1], names, strict=True)))
        for row in rows
    ]


def _test(z3: Any, fact: Any, test: Any, names: Sequence[Any] | None) -> Any:
    if test == "any":
        return z3.BoolVal(True)
    if isinstance(test, dict):
        (word, limit), *_ = test.items()
        limit = limit if names is None else names.index(limit)
        return fact >= limit if word == "at_least" else z3.And(fact >= 0, fact <= limit)
    assert names is not None
    return z3.Or([fact == names.index(value) for value in (test if isinstance(test, list) else [test])])


# The rulebooks.


def _rulebooks() -> None:
    rules = [Path(__file__).parents[2] / "rules"]
    loading, _ = _timed(lambda: check_paths(rules))
    checking, report = _timed(lambda: check_meaning(rules))
    proving, proofs = _timed(lambda: prove_paths(rules))
    said = f"{len(report.read)} rulebooks: load {loading}, load and check {checking}, load and prove {proving}"
    print(f"{said} ({len(proofs.proofs)} invariants)")


if __name__ == "__main__":
    main()
