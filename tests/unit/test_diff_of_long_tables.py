"""Comparisons of long tables: rules on which a change cannot bear are left out, and nothing else is."""

import random
from typing import Any

import pytest
from difference_kit import check_requests
from rulebook_kit import compiled

from engine.decision import CompiledRulebook
from engine.proof.differences.differences import Comparison, compare
from engine.proof.differences.regions import Limits

NARROW, WHOLE = Limits(whole=0), Limits(whole=10**9)
LEVELS = ("P1", "P2", "P3", "P4")
LISTED = [f"v{i}" for i in range(8)]
COLUMNS = {f"ticket.fields.c{i}": "count" if i % 2 else LISTED for i in range(8)}
Rows = dict[str, list[Any]]


def table(count: int, chance: random.Random) -> Rows:
    """Narrow rows, of which a quarter of the cells are `any`."""
    rows: Rows = {}
    for number in range(count):
        cells: list[Any] = []
        for kind in COLUMNS.values():
            low = chance.randint(0, 90)
            narrow = {"at_least": low, "at_most": low + chance.randint(0, 30)} if kind == "count" else None
            cells.append("any" if chance.random() < 0.25 else narrow or chance.sample(LISTED, chance.randint(1, 3)))
        rows[f"r{number}"] = [*cells, chance.choice(LEVELS)]
    return rows


def edited(rows: Rows, chance: random.Random) -> tuple[Rows, list[list[Any]]]:
    """The same with five edits: another result, two rows exchanged, two rows widened, one left out; and these rows."""
    names = chance.sample([*rows][:-1], 5)
    new = {name: list(cells) for name, cells in rows.items()}
    new[names[0]][-1] = LEVELS[LEVELS.index(new[names[0]][-1]) - 1]
    new[names[1]][0] = new[names[2]][2] = "any"
    del new[names[3]]
    order = [*new]
    place = order.index(names[4])
    other = order[place - 1]
    order[place - 1], order[place] = order[place], other
    changed = [*(rows[name] for name in names), rows[other], new[names[1]], new[names[2]]]
    return {name: new[name] for name in order}, changed


def book(rows: Rows, lowest: str = "4h") -> dict[str, Any]:
    """A rulebook whose priority is such a table, and whose targets go by it."""
    promises = {"P1": ["P1", "1h"], "P2": ["P2", "2h"], "P3": ["P3", "3h"], "P4": ["P4", lowest]}
    table = {"when": [*COLUMNS], "then": ["level"], "rows": rows}
    return {
        "facts": COLUMNS,
        "priority": {"levels": [*LEVELS], "table": table, "otherwise": {"then": {"level": "P4"}}},
        "sla": {"table": {"when": ["priority"], "then": ["resolution"], "rows": promises}},
    }


def requests(rows: list[list[Any]], count: int, chance: random.Random) -> list[dict[str, Any]]:
    """Requests that such rows are for."""
    found = []
    for row in rows:
        for _ in range(count):
            values = {}
            for (fact, kind), cell in zip(COLUMNS.items(), row[:-1], strict=True):
                if cell == "any":
                    value: Any = chance.randint(0, 120) if kind == "count" else chance.choice(LISTED)
                else:
                    value = chance.choice(cell) if isinstance(cell, list) else chance.randint(*cell.values())
                values[fact.rpartition(".")[2]] = value
            found.append({"at": "2026-01-05T08:00:00Z", "ticket": {"fields": values}})
    return found


def count_of(comparison: Comparison) -> int:
    return len(comparison.old.rulebook.stages["priority"].rows)


def told(comparison: Comparison) -> list[tuple[Any, ...]]:
    """What is told, but for the boxes: which of many cover a region is a matter of chance."""

    def ids(side: CompiledRulebook, stage: str, places: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(side.rulebook.stages[stage].rows[place].id for place in places)

    found = []
    for one in comparison.found:
        stage = one.part.stage
        pairs = sorted((ids(comparison.old, stage, old), ids(comparison.new, stage, new)) for old, new in one.pairs)
        found.append((stage, one.old.what, one.new.what, one.follows, one.has_all_pairs, *pairs))
    return sorted(found)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_told_is_the_same_as_where_nothing_is_left_out(seed: int) -> None:
    chance = random.Random(seed)
    rows = table(60, chance)
    new, _ = edited(rows, chance)
    whole, narrow = (compare(compiled(book(rows)), compiled(book(new)), limits) for limits in (WHOLE, NARROW))
    assert count_of(narrow) < count_of(whole) == 61  # the last is `otherwise`
    assert told(narrow) == told(whole)
    assert narrow.found


@pytest.mark.parametrize("count", [400, *(pytest.param(count, marks=pytest.mark.slow) for count in (2_000, 10_000))])
def test_five_edits_of_a_long_table_are_told_with_all_that_follows_from_them(count: int) -> None:
    chance = random.Random(7)
    rows = table(count, chance)
    new, changed = edited(rows, chance)
    comparison = compare(compiled(book(rows)), compiled(book(new)))
    assert not comparison.undecided
    assert count_of(comparison) < count / 4
    assert {found.part.stage for found in comparison.found} == {"priority", "sla"}
    taken, differing = check_requests(comparison, requests(changed, 150, chance))
    assert taken == 150 * len(changed)
    assert differing > (100 if count < 10_000 else 0)  # of so many rows, earlier ones hide most of later edits


def test_a_later_change_is_told_with_all_that_leads_to_it() -> None:
    """Rows of the priority that were left out still give P4 elsewhere."""
    chance = random.Random(3)
    rows = table(40, chance)
    cells = {name: ["mail" if i % 2 else "phone", *row] for i, (name, row) in enumerate(rows.items())}
    books = []
    for within in ("4h", "5h"):
        body = book(cells)
        body["facts"] = {**COLUMNS, "ticket.channel": ["phone", "mail"]}
        body["priority"]["table"]["when"] = ["ticket.channel", *COLUMNS]
        targets = {"when": ["priority", "ticket.channel"], "then": ["resolution"], "rows": [["P4", "phone", within]]}
        body["sla"] = {"table": targets}
        books.append(compiled(body))
    comparison = compare(*books, NARROW)
    assert count_of(comparison) < 40
    (found,) = comparison.found
    assert {key[0] for piece in found.pieces for key in (piece.box.parts if piece.box else ())} == {
        "priority", "ticket.channel",
    }  # fmt: skip


def test_where_more_than_rules_changed_nothing_is_left_out() -> None:
    rows = table(40, random.Random(1))
    old, new = book(rows), book(rows, "5h")
    new["derive"] = {"day": {"weekday": "at", "zone": "UTC"}}
    assert count_of(compare(compiled(old), compiled(new), NARROW)) == 41
    del new["derive"]
    assert count_of(compare(compiled(old), compiled(new), NARROW)) == 41  # its rule asks of no stated fact


def test_a_long_table_that_did_not_change_is_the_same() -> None:
    rows = table(300, random.Random(1))
    comparison = compare(compiled(book(rows)), compiled(book(rows)))
    assert comparison.is_same
    assert not comparison.resigned
    assert count_of(comparison) < 10
