"""What rules leave of a block, held against going through every cell."""

import random
from itertools import product

import pytest

from engine.facts import Closed, FactType, Number
from engine.proof.blocks import (
    Block,
    Table,
    TooManySteps,
    Watched,
    bits_of,
    blocks,
    column_of,
    columns,
    members,
    runs_in,
)
from engine.rulebook import Row
from engine.tables import Condition, partition
from engine.tables import Test as Asked

WHOLE = Number(whole=True, at_least=0, at_most=9)
KINDS: dict[str, FactType] = {"a": Closed(("x", "y", "z", "w")), "b": WHOLE, "c": WHOLE}


def condition(chance: random.Random, kind: FactType) -> Condition:
    pick = chance.random()
    if pick < 0.3:
        return ()
    if pick < 0.4:
        return (Asked("missing", chance.random() < 0.5),)
    if isinstance(kind, Closed):
        return (Asked(chance.choice(["one_of", "none_of"]), frozenset(chance.sample(kind.values, 2))),)
    if pick < 0.55:
        return (Asked(chance.choice(["one_of", "none_of"]), frozenset(chance.sample(range(10), 2))),)
    low = chance.randrange(8)
    return (Asked("at_least", low), Asked("at_most", low + chance.randrange(4)))


def table(seed: int, count: int = 12) -> tuple[Table, list[Row]]:
    chance = random.Random(seed)
    rows = [
        Row(str(i), {fact: asked for fact, kind in KINDS.items() if (asked := condition(chance, kind))}, None, None,
            (), False)
        for i in range(count)
    ]  # fmt: skip
    found = []
    for fact, kind in KINDS.items():
        conditions = [row.when[fact] for row in rows if fact in row.when]
        found.append(column_of(rows, fact, kind, partition(kind, conditions, apart=True)))  # type: ignore[arg-type]
    return Table(found, count), rows


def points(of: Table, block: Block) -> set[tuple[int, ...]]:
    return set(product(*(members(mask) for mask in block)))


@pytest.fixture(params=["by cell", "by run", "by run, far between"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a column is kept: which rules take each cell, or which begin and end there."""
    if request.param != "by cell":
        monkeypatch.setattr(columns, "FEW", 2)
    if request.param == "by run, far between":
        monkeypatch.setattr(columns, "MARKED", 4)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("seed", range(25))
def test_what_rules_take_and_leave_is_as_counted(seed: int) -> None:
    known, _ = table(seed)
    takes = [points(known, known.block(i)) for i in range(known.count)]
    for i in range(known.count):
        block, before = known.block(i), (1 << i) - 1
        left = takes[i].difference(*takes[:i])
        found = known.left(block, before)
        assert (found is None) is not bool(left)
        if found is not None:
            assert points(known, found) <= left
        elif takes[i]:
            assert takes[i] <= set().union(*(takes[k] for k in members(known.used))), "these are enough"
        if takes[i]:
            every = range(known.count)
            assert known.touching(block) == bits_of([k for k in every if takes[k] & takes[i]])
            assert known.holding(block) == bits_of([k for k in every if takes[k] >= takes[i]])


@pytest.mark.parametrize("seed", range(25))
def test_what_is_watched_is_found_where_something_differs(seed: int) -> None:
    known, _ = table(seed)
    takes = [points(known, known.block(i)) for i in range(known.count)]
    for i in range(known.count):
        later = bits_of(range(i + 1, known.count))
        left = takes[i].difference(*takes[:i])
        ways = {bits_of([k for k in members(later) if point in takes[k]]) for point in left}
        for inside in ways:
            found = known.left(known.block(i), (1 << i) - 1, Watched(later, inside))
            assert (found is None) is (len(ways) == 1)
            if found is not None:
                assert known.touching(found) & later != inside or known.holding(found) & later != inside


def test_cells_that_no_rule_tells_apart_are_one() -> None:
    kind = Number(whole=True, at_least=0, at_most=1_000)
    rows = [Row("only", {"b": (Asked("at_least", 5), Asked("less_than", 700))}, None, None, (), False)]
    cut = partition(kind, [rows[0].when["b"]])
    column = column_of(rows, "b", kind, cut)  # type: ignore[arg-type]
    assert len(column.firsts) == 4, "absent, less than 5, from 5 to 699, 700 and more"
    assert [*runs_in(column.cells(0))] == [(2, 3)]
    assert column.originals(column.whole) == frozenset(range(cut.size))


def test_a_search_ends_after_so_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "STEPS", 1)
    known, _ = table(1)
    with pytest.raises(TooManySteps):
        known.left(known.whole, (1 << known.count) - 1)
