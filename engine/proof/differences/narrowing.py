"""Two versions of a rulebook cut down to what a change of their rules can bear on, so that long tables cost little.

Where rules alone were changed, a request for which no changed rule's conditions hold is decided by the same rules as
before. So rules that cannot hold together with any changed one are left out. What they give elsewhere is known to later
stages all the same: a rule for each result stands for them, and applies where no changed rule can. Asks no solver.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from ...decision import CompiledRulebook
from ...facts import Closed, FactType
from ...rulebook import Row, Rulebook, Stage, stage_of_result
from ...tables import ANY, Condition, Test, meeting
from ..blocks import hashable
from ..space import Key, Space, follows, results_of
from .alignment import common
from .sayings import said_by, templates_in

_ELSEWHERE = "elsewhere."
_OWN = frozenset({"id", "version", "title", "in_force", "stages", "assumed_calendars", "suppressions"})
"""What of a rulebook bears on no decision, and its stages."""
_SEVERAL = ("disclosures", "obligations", "permissions")
"""Stages that several rules may settle together."""
Box = Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Both versions with the rules that matter to their difference."""

    old: CompiledRulebook
    new: CompiledRulebook
    changed: tuple[Box, ...] | None = None
    """What changed rules ask of facts that requests state: elsewhere nothing differs. None: nothing was left out."""
    renamed: frozenset[str] = frozenset()
    """Stages of which rules were left out that have another name now, and are otherwise the same."""

    def confine(self, space: Space) -> None:
        """Tell a space of both that what stands for rules left out never applies where a changed rule may."""
        for key in filter(is_elsewhere, space.variables):
            for box in self.changed or ():
                asked = [-space.holds(fact, condition, 0) for fact, condition in box.items()]
                space.clauses.add([-space.variables[key].stated, *asked])


def is_elsewhere(key: Key) -> bool:
    """Whether a fact is none of requests, but stands for rules that were left out."""
    return key[0].startswith(_ELSEWHERE)


def narrowed(old: CompiledRulebook, new: CompiledRulebook, whole: int) -> Narrowed:
    """Leave out the rules that no difference depends on; none where neither version has more than `whole` rules."""
    books = (old.rulebook, new.rulebook)
    if max(_count(book) for book in books) <= whole or not _differ_in_rules_alone(old, new):
        return Narrowed(old, new)
    changed = [row for name in books[0].stages for row in _changed(name, *(book.stages[name].rows for book in books))]
    boxes = [{f: c for f, c in row.when.items() if _is_stated(f, books[0])} for row in changed]
    if not all(boxes):
        return Narrowed(old, new)
    everything = [row for book in books for stage in book.stages.values() for row in stage.rows]
    matters = _meeting(everything, boxes, books[0].facts)
    count = _count(books[0])
    cut = (_without(old, matters[:count]), _without(new, matters[count:]))
    gone = [_gone(book, marks) for book, marks in zip(books, (matters[:count], matters[count:]), strict=True)]
    renamed = frozenset(name for name in books[0].stages if gone[0][name] != gone[1][name])
    return Narrowed(*cut, tuple(boxes), renamed)


def _gone(book: Rulebook, matters: Sequence[bool]) -> dict[str, list[str]]:
    """By stage, the names of rules that do not matter."""
    marks = iter(matters)
    return {name: [row.id for row in stage.rows if not next(marks)] for name, stage in book.stages.items()}


def _count(book: Rulebook) -> int:
    return sum(len(stage.rows) for stage in book.stages.values())


def _differ_in_rules_alone(old: CompiledRulebook, new: CompiledRulebook) -> bool:
    one, other = old.rulebook, new.rulebook
    return (
        all(getattr(one, f.name) == getattr(other, f.name) for f in fields(Rulebook) if f.name not in _OWN)
        and list(one.facts) == list(other.facts)
        and [(s.name, s.settings) for s in one.stages.values()] == [(s.name, s.settings) for s in other.stages.values()]
        and (old.audiences, old.languages, old.shared.channels) == (new.audiences, new.languages, new.shared.channels)
    )


def _is_stated(fact: str, book: Rulebook) -> bool:
    return fact not in book.derived and stage_of_result(fact) is None


def _changed(stage: str, old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The rules of both that do not stand in the other just so, in the same order."""
    kept = common(*([mark_of(stage, row) for row in rows] for rows in (old, new)))
    return [row for rows, some in zip((old, new), kept, strict=True) for i, row in enumerate(rows) if i not in some]


def mark_of(stage: str, row: Row) -> Hashable:
    """What is the same for rules that stand for each other.

    The name of a row that is but counted is not of it where only one rule settles the stage.
    """
    name = None if stage not in _SEVERAL and _is_counted(row) else row.id
    reason = None if row.because is None else hashable(row.because)
    said = (hashable(row.outcome), reason, row.cites, row.assumed, row.assumed_results)
    return name, frozenset(row.when.items()), said


def _is_counted(row: Row) -> bool:
    """Whether a row has its name from its place alone, and another one as soon as a row before it goes or comes."""
    return row.path[1:3] == ("table", "rows") and isinstance(row.path[-1], int)


def _meeting(rows: Sequence[Row], boxes: Sequence[Box], facts: Mapping[str, FactType]) -> list[bool]:
    """Whether each rule can hold together with what some box asks, as far as single facts tell."""
    columns = {
        fact: (facts[fact], [row.when.get(fact, ANY) for row in rows])
        for fact in dict.fromkeys(fact for box in boxes for fact in box)
    }
    found = 0
    for bitmap in meeting(columns, boxes, len(rows)):
        found |= bitmap
    return [bool(found >> place & 1) for place in range(len(rows))]


def _without(compiled: CompiledRulebook, matters: Sequence[bool]) -> CompiledRulebook:
    """A version without the rules that do not matter. It decides with all of them."""
    book, facts, stages, start = compiled.rulebook, dict(compiled.rulebook.facts), {}, 0
    asked = {stage_of_result(fact) for fact in _asked(book)}
    for name, stage in book.stages.items():
        marks = matters[start : start + len(stage.rows)]
        start += len(stage.rows)
        gone = [row for row, is_kept in zip(stage.rows, marks, strict=True) if not is_kept]
        kept = tuple(row for row, is_kept in zip(stage.rows, marks, strict=True) if is_kept)
        stand = _standing_for(stage, gone) if name == "admission" or name in asked else ()
        if stand:
            facts[_ELSEWHERE + name] = Closed(tuple(row.id for row in stand))
        stages[name] = replace(stage, rows=(*stand, *kept))
    return replace(compiled, rulebook=replace(book, stages=stages, facts=facts))


def _asked(book: Rulebook) -> Iterable[str]:
    """The facts whose values other rules, derived facts or outcomes go by."""
    for stage in book.stages.values():
        for row in stage.rows:
            yield from row.when
            if stage.name not in ("disclosures", "permissions", "sla"):
                yield from (f for text in templates_in(_given(stage.name, row)) for f in text.facts)
            if stage.name == "assignment":
                yield from (*row.outcome.never, *([row.outcome.skills_from] if row.outcome.skills_from else ()))
    for derived in book.derived.values():
        yield from derived.needs


def _given(stage: str, row: Row) -> object:
    return [duty.particulars for duty in row.outcome] if stage == "obligations" else said_by(stage, row)


def _standing_for(stage: Stage, gone: Sequence[Row]) -> tuple[Row, ...]:
    """A rule for each result that rules give which were left out."""
    found: dict[str, Row] = {}
    for row in gone:
        found.setdefault(repr((results_of(stage.name, stage, row), follows(stage.name, row))), row)
    return tuple(
        Row(name, {_ELSEWHERE + stage.name: (Test("one_of", frozenset({name})),)}, row.outcome, None, (), assumed=False)
        for name, row in ((f"{_ELSEWHERE}{number}", row) for number, row in enumerate(found.values()))
    )
