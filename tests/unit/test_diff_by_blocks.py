"""Comparisons of tables told by blocks, held against the solver's and against deciding every request there is."""

import random
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from difference_kit import check_requests
from rulebook_kit import compiled

from engine.decision import CompiledRulebook
from engine.proof.differences import blockwise
from engine.proof.differences.blockwise import told_by_blocks
from engine.proof.differences.differences import Comparison, compare
from engine.proof.differences.regions import Limits
from engine.proof.differences.shares import share_of

ALL = 10**9
BLOCKS, SOLVER = (Limits(whole=ALL, table=table, boxes=99, pairs=99, resigned=999) for table in (0, ALL))
NARROW = Limits(whole=0, table=0)
FACTS: dict[str, Any] = {
    "ticket.channel": ["phone", "mail", "chat"],
    "ticket.urgency": {"ordered": ["low", "normal", "high"]},
    "ticket.fields.n": {"whole": {"at_least": 0, "at_most": 5}},
    "ticket.fields.vip": "truth",
}
VALUES = (["phone", "mail", "chat"], ["low", "normal", "high"], [*range(6)], [True, False])
Row = tuple[str, list[Any]]


def row(chance: random.Random, name: str) -> Row:
    low = chance.randrange(6)
    cells = [
        chance.choice(["any", chance.choice(VALUES[0]), chance.sample(VALUES[0], 2)]),
        chance.choice(["any", "low", {"at_least": "normal"}, {"missing": True}]),
        chance.choice(["any", low, {"at_least": low}, {"at_most": low}, {"none_of": [low, 5]}]),
        chance.choice(["any", "any", True, False]),
    ]
    return name, [*cells, f"P{chance.randrange(1, 4)}"]


def edited(chance: random.Random, rows: list[Row]) -> list[Row]:
    """Up to four edits: a row taken away, added, moved, exchanged, or with another result or condition."""
    new = [(name, [*cells]) for name, cells in rows]
    for number in range(chance.randint(1, 4)):
        place, way = chance.randrange(len(new)), chance.randrange(5)
        if way == 0 and len(new) > 2:
            del new[place]
        elif way == 1:
            new.insert(place, row(chance, f"new{number}"))
        elif way == 2:
            new.insert(chance.randrange(len(new)), new.pop(place))
        else:
            new[place][1][chance.randrange(4) if way == 3 else -1] = "any" if way == 3 else "P3"
    return new


def book(rows: list[Row], *, is_counted: bool, is_complete: bool, is_promised: bool) -> dict[str, Any]:
    table: Any = [cells for _, cells in rows] if is_counted else dict(rows)
    body: dict[str, Any] = {
        "facts": FACTS,
        "priority": {"levels": ["P1", "P2", "P3"], "table": {"when": [*FACTS], "then": ["level"], "rows": table}},
    }
    if is_complete:
        body["priority"]["otherwise"] = {"then": {"level": "P3"}}
    if is_promised:
        promises = [["P1", "any", "1h"], [["P2", "P3"], "phone", "2h"], ["P3", "any", "1h"]]
        body["sla"] = {"table": {"when": ["priority", "ticket.channel"], "then": ["resolution"], "rows": promises}}
    return body


def versions(seed: int) -> tuple[CompiledRulebook, CompiledRulebook]:
    chance = random.Random(seed)
    rows = [row(chance, f"r{number}") for number in range(chance.randint(3, 9))]
    settings = {name: chance.random() < 0.5 for name in ("is_counted", "is_complete", "is_promised")}
    old, new = book(rows, **settings), book(edited(chance, rows), **settings)
    return compiled(old), compiled(new)


def every_request() -> Iterator[dict[str, Any]]:
    for channel, urgency, number, vip in product(*([None, *values] for values in VALUES)):
        ticket = {"channel": channel, "urgency": urgency, "fields": {"n": number, "vip": vip}}
        stated = {key: value for key, value in ticket.items() if value is not None}
        stated["fields"] = {key: value for key, value in ticket["fields"].items() if value is not None}
        yield {"at": "2026-01-05T08:00:00Z", "ticket": stated}


def told(comparison: Comparison) -> list[Any]:
    found = []
    for one in comparison.found:
        assert one.is_whole
        share = share_of(comparison.space, one) if not one.follows else None
        boxes = (share.combinations, share.of, share.facts) if share else None
        pairs = (sorted(one.pairs, key=str), one.has_all_pairs, one.by_side, one.pieces[0].is_of_accepted)
        found.append((one.part.stage, one.old.what, one.new.what, one.follows, one.is_sure, pairs, boxes))
    return sorted(found, key=str)


def agree(seed: int) -> int:
    """Hold what blocks tell against the solver and against every request; how many regions there were."""
    old, new = versions(seed)
    by_blocks, by_solver, narrow = (compare(old, new, limits) for limits in (BLOCKS, SOLVER, NARROW))
    assert told(by_blocks) == told(by_solver)
    for one, other in ((by_blocks, by_solver), (by_solver, by_blocks)):
        assert {(s.stage, s.old, s.new, s.what) for s in one.resigned} <= {
            (s.stage, s.old, s.new, s.what) for s in other.resigned
        }  # fmt: skip
    for comparison in (by_blocks, narrow):
        assert not comparison.undecided
        taken, differing = check_requests(comparison, every_request())
        assert taken == 4 * 4 * 7 * 3
        assert (differing == 0) == comparison.is_same
    return len(by_blocks.found)


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether blocks told it, for each priority of which they might."""
    found: list[bool] = []

    def observed(space: Any, part: Any, limits: Any) -> Any:
        given = told_by_blocks(space, part, limits)
        if part.stage == "priority" and limits.table == 0 and any(d["priority"].stage.rows for d in space.decided):
            found.append(given is not None)
        return given

    monkeypatch.setattr("engine.proof.differences.differences.told_by_blocks", observed)
    return found


@pytest.mark.parametrize("seed", range(20))
def test_blocks_tell_what_the_solver_and_every_request_tell(seed: int, counted: list[bool]) -> None:
    agree(seed)
    assert counted
    assert all(counted)


@pytest.mark.slow
def test_blocks_tell_what_the_solver_and_every_request_tell_of_many_tables(counted: list[bool]) -> None:
    regions = sum(agree(seed) for seed in range(1_000, 1_200))
    assert all(counted)
    assert regions > 200


def test_rows_that_are_counted_anew_are_told_after_what_differs() -> None:
    chance = random.Random(5)
    rows = [row(chance, "") for _ in range(8)]
    settings = {"is_counted": True, "is_complete": True, "is_promised": False}
    comparison = compare(*(compiled(book(some, **settings)) for some in (rows, rows[1:])), BLOCKS)
    renamed = [one for one in comparison.resigned if one.seen is None]
    assert renamed
    for one in renamed:
        numbers = [int(name.rpartition("-")[2]) for name in (*one.old, *one.new) if "row-" in name]
        assert numbers == [] or numbers[0] == numbers[1] + 1


def test_what_takes_too_many_parts_is_asked_of_the_solver(monkeypatch: pytest.MonkeyPatch, counted: list[bool]) -> None:
    monkeypatch.setattr(blockwise, "_BLOCKS", 0)
    seed = next(seed for seed in range(20) if not compare(*versions(seed), SOLVER).is_same)
    by_blocks, by_solver = (compare(*versions(seed), limits) for limits in (BLOCKS, SOLVER))
    assert counted == [False]
    assert told(by_blocks) == told(by_solver)
