"""Rules that came near: all that they ask for holds but for one fact.

Found by the bitmaps of a stage's columns, a few operations whatever the number of rules: a row that fails in one column
stands in `one`, a row that fails in a second one in `more`. Pure; knows a decided case, and nothing of who asks.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any, Final, NamedTuple

from ..facts import Closed, FactType
from ..rulebook import Row, stage_of_result
from ..stages import Case, EffectProgram, StageProgram, as_text, asked_in_words
from ..tables import Condition, Test, rows_of
from .results import result_in

MOST: Final = 5
"""Rules of a stage that are told; of the others, how many there are."""
VALUE_TOLD: Final = 100
"""Characters of a value that are told."""
CHOOSING: Final = ("admission", "classification", "priority", "sla", "assignment", "escalation")
"""The stages that the first rule settles: what stands behind it would have changed nothing."""

Told = Callable[[str], tuple[int, int]]
"""From a stage to the bitmaps of the rows that may be named as near, and of those that may be named at all."""
ALL: Final = -1


class Column(NamedTuple):
    """What is asked of one fact: the rows that accept it as it is."""

    fact: str
    accepting: int
    is_audience: bool = False
    """Whether rows are held against the audience that they speak of."""


class Search(NamedTuple):
    """The columns of a stage for one decision, and the rows that are looked at."""

    columns: tuple[Column, ...]
    rows: int


def near_rules(
    programs: Sequence[StageProgram], case: Case, decision: Mapping[str, Any], tells: Told | None = None
) -> list[dict[str, Any]]:
    """The stages with rules that came near, in the order of the decision, as JSON data.

    `decision` holds the parts as data. `tells` says which rules may be told of; None: all.
    """
    named = {slot: fact for fact, slot in case.shared.cell_map.slots.items()}
    found = []
    for program in programs:
        parts = program.parts
        if decision[parts.name] is None or not parts.table.rows:
            continue
        search = _search(program, case, named)
        tellable, nameable = (ALL, ALL) if tells is None else tells(parts.name)
        near = _near(search, is_choice=parts.name in CHOOSING) & tellable
        if near:
            found.append(_stage(program, case, decision, search, near, nameable))
    return found


def _search(program: StageProgram, case: Case, named: Mapping[int, str]) -> Search:
    index, cells = program.parts.table.index, case.cells
    columns = [Column(named[slot], accepts[cells[slot]]) for slot, accepts in index.columns]
    rows = index.all_rows
    if isinstance(program, EffectProgram):
        audience, names = program.asked(case.request)
        rows, addressed = program.table.speaking(audience, names)
        if addressed != rows:
            columns.append(Column(_audience_fact(case), addressed, is_audience=True))
    return Search(tuple(columns), rows)


def _audience_fact(case: Case) -> str:
    asked = case.request.get("ask") or {}
    return "requester.relation" if asked.get("to") is None else "ask.to"


def _settling(search: Search) -> int:
    """The first row that applies, as a bitmap; where none does, all of them: that is no row's name."""
    applying = reduce(and_, (column.accepting for column in search.columns), search.rows)
    return applying & -applying or ALL


def _near(search: Search, *, is_choice: bool) -> int:
    """The bitmap of the rows that fail in just one column; where the first settles, of those before it."""
    one = more = 0
    for column in search.columns:
        failing = search.rows & ~column.accepting
        more |= one & failing
        one |= failing
    near = one & ~more
    if is_choice:
        applying = search.rows & ~one
        near &= (applying & -applying) - 1 if applying else -1
    return near


def _stage(
    program: StageProgram, case: Case, decision: Mapping[str, Any], search: Search, near: int, nameable: int
) -> dict[str, Any]:
    parts, instead = program.parts, None
    if parts.name in CHOOSING:
        instead = decision[parts.name]["by"]
        if nameable != ALL and not nameable & _settling(search):
            instead = None
    return {
        "stage": parts.name,
        "instead_of": instead,
        "rules": [_rule(parts.table.rows[i], i, case, decision, search) for i in islice(rows_of(near), MOST)],
        "more": max(0, near.bit_count() - MOST),
    }


def _rule(row: Row, number: int, case: Case, decision: Mapping[str, Any], search: Search) -> dict[str, Any]:
    column = next(column for column in search.columns if not column.accepting >> number & 1)
    kind, condition = _asked(row, column, case)
    value = _value(column.fact, case, decision)
    found = None if value is None else as_text(kind, value)
    if found is not None and len(found) > VALUE_TOLD:
        found = found[:VALUE_TOLD] + "…"
    return {
        "rule": row.id,
        "fact": column.fact,
        "asked": "; ".join(asked_in_words(condition, kind, case.language)),
        "found": found,
        "cites": list(row.cites),
        "assumed": row.assumed,
    }


def _asked(row: Row, column: Column, case: Case) -> tuple[FactType, Condition]:
    """What a row asks for in a column: the condition on its fact, or the audiences that it speaks of."""
    if not column.is_audience:
        return case.shared.facts[column.fact], row.when[column.fact]
    audiences = tuple(sorted(row.outcome.audiences))
    return Closed(audiences), (Test("one_of", frozenset(audiences)),)


def _value(fact: str, case: Case, decision: Mapping[str, Any]) -> Any:
    if fact == "ask.to":
        return case.request["ask"]["to"]
    return result_in(decision, fact) if stage_of_result(fact) else case.value(fact)
