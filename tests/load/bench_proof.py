"""Times of proof by size: tables of eight columns, the solver and Z3 asked the same of one of them, comparisons of
edited tables; the rulebooks of `rules`.

Processor time, so that other work on the machine counts little. Needs the `bench` extra for Z3.
"""

import importlib
import json
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

from engine.decision import CompiledRulebook, check_paths, compile_rulebook, read_bytes
from engine.diagnostics import Source
from engine.proof import check_meaning, prove_paths
from engine.proof.differences.differences import compare
from engine.proof.findings import findings_of
from engine.proof.findings.study import Study
from engine.proof.space import Holds, Side, Space

SIZES = (100, 1_000, 2_000, 10_000)
PEER = 2_000
"""Rows of the table of which Z3 is asked too."""
TIED = 1_000
"""Rows of tables whose facts depend on each other."""
LIMIT = 15
"""Seconds after which a comparison is broken off."""
WIDE = ("any", "any", "any", "critical", "any", "any", "any", "any")
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
    """Print a line for each size, then what the solver and Z3 take for the same, comparisons, and the rulebooks."""
    head = ("rows", "load", "unreachable", "gaps", "overlaps", "all findings", "MiB")
    print("".join(f"{name:>14}" for name in head))
    for size in SIZES:
        print("".join(f"{value:>14}" for value in _measured(size)), flush=True)
    _tied()
    _solver()
    _peer()
    _compared()
    _rulebooks()


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = process_time()
    found = work()
    return round(process_time() - begin, 2), found


def _read(rows: Sequence[Any], more: Mapping[str, Any] | None = None) -> tuple[CompiledRulebook, Source]:
    """A rulebook of such rows; `more` are sections of it, and columns that come last."""
    facts = {**FACTS, **(more or {}).get("facts", {})}
    table = {"when": [*FACTS, *(more or {}).get("columns", ())], "then": ["level"], "rows": rows}
    body = {"rulebook": "desk", "version": "1.0.0", **(more or {}).get("sections", {}), "facts": facts}
    file = read_bytes("desk.yaml", json.dumps({**body, "priority": {"table": table}}).encode())
    assert file.rulebook is not None, file.faults
    assert file.source is not None
    return compile_rulebook(file.rulebook), file.source


def _measured(size: int) -> Iterator[Any]:
    loading, (book, source) = _timed(lambda: _read(rows_of(size)))
    yield from (size, loading)
    study = Study(book, source)
    study.space_of("priority")
    taken, plain = _timed(lambda: study.plain("priority"))
    assert plain is not None
    yield f"{taken} ({plain.dead.bit_count():,})"
    yield _timed(lambda: [plain.gap(is_stated=is_stated) for is_stated in (True, False)])[0]
    live = [i for i in range(size) if not plain.dead >> i & 1]
    taken, hidden = _timed(lambda: [i for i in live if plain.hides(i) is not None])
    yield f"{taken} ({len(hidden):,})"
    taken, found = _timed(lambda: findings_of(book, source))
    yield f"{taken} ({len(found):,})"
    yield resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert not any(one.code == "undecided" for one in found)


def _tied() -> None:
    """Findings where facts depend on each other, are texts, or are decided on by an earlier stage."""
    chance, rows = random.Random(9), rows_of(TIED)
    lookup = {"look_up": "ticket.category", "in": {name: f"t{i % 7}" for i, name in enumerate(CATEGORIES)}}
    refusing = {"rule": "no", "when": {"requester.relation": "employee"}, "then": {"outcome": "reject"}}
    admission = {"rules": [refusing], "otherwise": {"then": {"outcome": "accept"}}}
    cases: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
        "an admission before it": (
            {"facts": {"requester.relation": ["client", "employee"]}, "sections": {"admission": admission}},
            lambda: None,
        ),
        "a column of what is looked up": (
            {"columns": ["team"], "sections": {"derive": {"team": {**lookup, "otherwise": "tx"}}}},
            lambda: chance.choice(["any", "any", "any", f"t{chance.randrange(7)}"]),
        ),
        "a column of texts": (
            {"columns": ["ticket.text"], "facts": {"ticket.text": "text"}},
            lambda: chance.choice(["any", "any", "any", {"any_word": [chance.choice(["vpn", "mail", "printer"])]}]),
        ),
    }
    for name, (more, cell) in cases.items():
        given = [[*row[:-1], *([cell()] if "columns" in more else []), row[-1]] for row in rows]
        taken, found = _timed(lambda: findings_of(*_read(given, more)))  # noqa: B023 - it is called at once
        undecided = sum(one.code == "undecided" for one in found)
        print(f"{TIED:,} rows with {name}: load and find {taken} ({len(found):,} findings, {undecided} undecided)")


def _solver() -> None:
    """What the solver alone takes for the unreachable rows of the same table."""
    book, _ = _read(rows_of(PEER))
    taken, dead = _timed(lambda: unreachable_rows(book))
    print(f"the solver alone, {PEER:,} rows: unreachable {taken} ({len(dead)})")


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


# Comparisons.


def _compared() -> None:
    """Five edits of tables of each size, and the same where a wide row changes too."""
    for name, is_wide in (("five edits", False), ("five edits and a wide row", True)):
        said: list[str] = []
        for size in SIZES:
            old = rows_of(size)
            new = edited(old)
            if is_wide:
                place = size // 2
                old, new = (
                    [*rows[:place], [*WIDE, level], *rows[place:]] for rows, level in ((old, "P1"), (new, "P2"))
                )
            before, after = _read(old)[0], _read(new)[0]
            try:
                taken, told = _timed(lambda: _within(LIMIT, lambda: compare(before, after)))  # noqa: B023
            except TimeoutError:
                said.append(f"{size:,} more than {LIMIT}")
                break
            assert not told.undecided
            said.append(f"{size:,} {taken} ({len(told.found)})")
        print(f"diff, {name}, by rows (changes): {'; '.join(said)}", flush=True)


def edited(rows: Sequence[list[Any]]) -> list[list[Any]]:
    """Five edits: another result, a condition widened, one left out, two rows exchanged, a row taken away."""
    chance, new = random.Random(2), [[*row] for row in rows]
    places = chance.sample(range(1, len(rows)), 5)
    new[places[0]][-1] = "P0" if new[places[0]][-1] == "P4" else "P4"
    new[places[1]][1] = [*CATEGORIES[:3]]
    new[places[2]][0] = "any"
    new[places[3]], new[places[3] - 1] = new[places[3] - 1], new[places[3]]
    del new[places[4]]
    return new


def _within(seconds: int, work: Callable[[], Any]) -> Any:
    """Work that is broken off after so many seconds of processor time. Raises TimeoutError."""

    def end(number: int, frame: object) -> None:
        raise TimeoutError

    usual = signal.signal(signal.SIGPROF, end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, usual)


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
    """The rulebooks in one process; "check" and "prove" read them again, since files may have changed."""
    rules = [Path(__file__).parents[2] / "rules"]
    loading, _ = _timed(lambda: check_paths(rules))
    checking, report = _timed(lambda: check_meaning(rules))
    proving, proofs = _timed(lambda: prove_paths(rules))
    together = round(checking + proving, 2)
    print(
        f"{len(report.read)} rulebooks: load {loading}, load and check {checking}, load and prove {proving}, ", end=""
    )
    print(f"together {together} ({len(proofs.proofs)} invariants)")


if __name__ == "__main__":
    main()
