"""From tables to the JSON ruleset of durable-rules. Pure data: nothing here knows whether it is installed.

One ruleset holds all stages. A fact of kind k sets off stage k: the rules of its rows fire first, in any order, then,
being of lower priority, the one rule that closes the stage. Rows are spread over groups of 16 by comparisons that
always hold, since durable-rules keeps no more than 64 open branches while it looks at one fact.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from ..rulebook import CellMap, Row, Table
from ..stages import EngineFault
from ..tables import Condition, Line, Listed, Marks, Partition
from .names import ID, OPENING, SESSION, STAGE, WORDS, ZERO, bit_name, cell_name, check_apart

RULES_LIMIT: Final = 4096
"""Rules that durable-rules 2.0.28 takes in one ruleset (MAX_ACTIONS in its source)."""
GROUP_BITS: Final = 4
_CLOSING_PRIORITY: Final = 1

Test = dict[str, Any]
"""A test in the JSON of durable-rules."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule that fires means: a row of a stage applies, or (without a row) the stage's rows are complete."""

    stage: int
    row: int | None


@dataclass(frozen=True, slots=True)
class FactForm:
    """Which cells the fact of a stage carries: their names and slots."""

    plain: tuple[tuple[str, int], ...]
    marked: tuple[tuple[str, int], ...]

    def properties(self, cells: Sequence[int]) -> dict[str, int]:
        """The properties of a fact with these cells."""
        found = {name: cells[slot] for name, slot in self.plain}
        for name, slot in self.marked:
            cell = cells[slot]
            found[name] = int(cell > 0)
            bits = cell - 1 if cell else 0
            while bits:
                low = bits & -bits
                found[bit_name(slot, low.bit_length() - 1)] = 1
                bits ^= low
        return found


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A rulebook for durable-rules."""

    rules: Mapping[str, Any]
    actions: Mapping[str, Action]
    """By the name of the rule."""
    forms: tuple[FactForm, ...]
    """By stage."""


def build_ruleset(tables: Sequence[Table], cells: CellMap) -> Ruleset:
    """The ruleset of a rulebook's stages. Raises EngineFault when durable-rules cannot hold it."""
    rules: dict[str, Any] = {"open": _rule([{STAGE: OPENING}], _CLOSING_PRIORITY)}
    actions = {"open": Action(OPENING, None)}
    for stage, table in enumerate(tables):
        for place, row in enumerate(table.rows):
            tests = _row_tests(row, table.facts, cells)
            if tests is not None:
                name = f"r{stage}.{place}"
                rules[name] = _rule([{STAGE: stage}, *_group(place, len(table.rows)), *tests], 0)
                actions[name] = Action(stage, place)
        rules[f"close{stage}"] = _rule([{STAGE: stage}], _CLOSING_PRIORITY)
        actions[f"close{stage}"] = Action(stage, None)
    if len(rules) > RULES_LIMIT:
        said = f"durable-rules takes {RULES_LIMIT:,} rules at most, and this rulebook needs {len(rules):,}"
        raise EngineFault(said)
    check_apart((SESSION, ID, STAGE, ZERO, *WORDS, *_cell_names(cells)))
    return Ruleset(rules, actions, tuple(_form(table, cells) for table in tables))


def _rule(tests: list[Test], priority: int) -> dict[str, Any]:
    return {"all": [{"m": tests[0] if len(tests) == 1 else {"$and": tests}}], "pri": priority}


def _group(place: int, count: int) -> Iterable[Test]:
    """Tests that always hold, shared by the rows of a group, and of a group of groups, and so on."""
    level = GROUP_BITS
    while count > 1 << level:
        level += GROUP_BITS
    return [{"$lt": {ZERO: 1 + (place >> shift)}} for shift in range(level - GROUP_BITS, 0, -GROUP_BITS)]


def _row_tests(row: Row, facts: Sequence[str], cells: CellMap) -> list[Test] | None:
    """The tests of a row; None when no cells pass them."""
    found: list[Test] = []
    for fact in facts:
        condition = row.when.get(fact)
        if condition:
            slot = cells.slots[fact]
            tests = _tests(condition, slot, cells.partitions[slot])
            if tests is None:
                return None
            found += tests
    return found


def _tests(condition: Condition, slot: int, partition: Partition) -> list[Test] | None:
    match partition:
        case Marks():
            return _mark_tests(condition, slot, partition)
        case Line():
            return _run_tests(cell_name(slot), partition.runs(condition), partition.size)
        case Listed():
            return _run_tests(cell_name(slot), _runs(partition.accepted(condition)), partition.size)


def _mark_tests(condition: Condition, slot: int, marks: Marks) -> list[Test] | None:
    absent, required = marks.bits(condition)
    if absent and required:
        return None
    held = [{bit_name(slot, bit): 1} for bit in range(required.bit_length()) if required >> bit & 1]
    return [{cell_name(slot): 0 if absent else 1}, *held]


def _runs(cells: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs from a first to a last one."""
    if not cells:
        return []
    breaks = [(a, b) for a, b in pairwise(cells) if b > a + 1]
    return list(zip([cells[0], *(b for _, b in breaks)], [*(a for a, _ in breaks), cells[-1]], strict=True))


def _run_tests(name: str, runs: Sequence[tuple[int, int]], size: int) -> list[Test] | None:
    """Bounds, and what is left out between them; or, where that is shorter, the cells one by one."""
    if not runs:
        return None
    first, last = runs[0][0], runs[-1][1]
    accepted = sum(high - low + 1 for low, high in runs)
    if 2 * accepted < last - first + 1:
        return [{"$or": [{name: cell} for low, high in runs for cell in range(low, high + 1)]}]
    left_out = [{"$neq": {name: cell}} for (_, a), (b, _) in pairwise(runs) for cell in range(a + 1, b)]
    return [*_bounds(name, first, last, size), *left_out]


def _bounds(name: str, first: int, last: int, size: int) -> list[Test]:
    if first == last:
        return [{name: first}]
    below = [{"$gte": {name: first}}] if first > 0 else []
    above = [{"$lte": {name: last}}] if last < size - 1 else []
    return [*below, *above]


def _form(table: Table, cells: CellMap) -> FactForm:
    named = [(cell_name(cells.slots[fact]), cells.slots[fact]) for fact in table.facts]
    marked = tuple(pair for pair in named if isinstance(cells.partitions[pair[1]], Marks))
    return FactForm(tuple(pair for pair in named if pair not in marked), marked)


def _cell_names(cells: CellMap) -> Iterable[str]:
    for slot, partition in enumerate(cells.partitions):
        yield cell_name(slot)
        if isinstance(partition, Marks):
            yield from (bit_name(slot, bit) for bit in range(len(partition.bit_of)))
