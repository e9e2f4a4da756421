"""Whether a mapping and the rulebooks fit one another: asked before the work, and told all at once.

Knows of rulebooks only what they refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias

from engine import Diagnostic, Path, RequestRefused, did_you_mean

from ..histories import History
from ..mappings import (
    Column,
    Course,
    HistoryMapping,
    Instant,
    MappingFaults,
    MappingFile,
    Readers,
    Value,
    recorded_targets,
)
from .rows import with_joined
from .sides import Side

_NOT_IN_FORCE: Final = 409


def check_fit(history: History, mapping: MappingFile, sides: Iterable[Side]) -> None:
    """Check that every side takes the facts, and their values, that a mapping gives, and that a side has each target.

    A rulebook without a version in force at any instant of the history's beginning is not asked about facts.

    Raises:
        MappingFaults: with all that does not fit, each where the mapping says it.
        UnreadableHistory: when the beginning of the history cannot be read.
    """
    instants = list(_first_instants(history, mapping.mapping))
    asked = tuple(sides)
    faults = list(_unknown_targets(asked, mapping))
    for side in asked:
        at = next((at for at in instants if _in_force(side, at)), None)
        faults += _unfit_facts(side, mapping, at) if at is not None else []
    if faults:
        raise MappingFaults(faults, mapping.source)


def _first_instants(history: History, mapping: HistoryMapping) -> Iterator[str]:
    opened = Column(mapping.instants.opened, "instant")
    reader = Readers(mapping.instants).of(opened)
    for table in history.first(1_000).tables(mapping.history_columns([opened.name]), mapping.absent):
        values, _ = reader.values(with_joined(table.frame, mapping)[opened.name].to_list())
        yield from dict.fromkeys(value.text for value in values if isinstance(value, Instant))


def _in_force(side: Side, at: str) -> bool:
    try:
        side.decide({"at": at})
    except RequestRefused as refused:
        if refused.status == _NOT_IN_FORCE:
            return False
        raise
    return True


def _unknown_targets(sides: Sequence[Side], mapping: MappingFile) -> Iterator[Diagnostic]:
    known = sorted(frozenset().union(*(side.known_targets() for side in sides)))
    for path, target in recorded_targets(mapping.source.data):
        if target not in known:
            message = f"no rulebook of this replay has the target `{target}`"
            targets = f"the targets are {', '.join(f'`{name}`' for name in known)}" if known else "they have none"
            yield mapping.source.fault(
                "unfit-target", message, path, key=True, help=did_you_mean(target, known) or targets
            )


def _unfit_facts(side: Side, mapping: MappingFile, at: str) -> list[Diagnostic]:
    # Each fact is put to the rulebook alone, with each value that the mapping can give it, so that faults point to it.
    source, found = mapping.source, []
    for place, fact, value in _followed(mapping.mapping.course, at) if mapping.mapping.course is not None else ():
        if (said := _refusal(side, at, fact, value)) is not None:
            found.append(source.fault("unfit-fact", f"{side.name} `{side}`: {said}", place, key=True))
    for section, fact, values in _said(mapping.mapping, at):
        refused = [(path, said) for path, value in values if (said := _refusal(side, at, fact, value)) is not None]
        if len({said for _, said in refused}) == 1 and len(refused) == len(values):
            refused = [((section, fact), refused[0][1])]
        for path, said in refused:
            message = f"{side.name} `{side}`: {said}"
            found.append(source.fault("unfit-fact", message, path, key=path == (section, fact)))
    return found


def _refusal(side: Side, at: str, fact: str, value: Value) -> str | None:
    try:
        side.decide({"at": at, **_alone(fact, value)})
    except RequestRefused as refused:
        return refused.faults[0].message if refused.faults else refused.detail
    return None


_Said: TypeAlias = tuple[str, str, list[tuple[Path, Value]]]
"""Where a mapping speaks of a fact, the fact, and each value it can have with the place where it is said."""


def _said(mapping: HistoryMapping, at: str) -> Iterator[_Said]:
    samples: dict[str, Any] = {"text": None, "whole": 1, "decimal": 1.5, "truth": True, "instant": at, "set": []}
    for fact in mapping.facts:
        path: Path = ("facts", fact.name)
        if fact.column is None:
            yield "facts", fact.name, [(path, fact.constant)]
        elif fact.column.values is None:
            yield "facts", fact.name, [(path, samples[fact.column.kind])]
        else:
            yield "facts", fact.name, [((*path, "values", text), value) for text, value in fact.column.values.items()]
            if fact.column.lenient:
                yield "facts", fact.name, [((*path, "otherwise"), fact.column.otherwise)]
    for name, value in mapping.at_opening.items():
        yield "at_opening", name, [(("at_opening", name), value)]


def _followed(course: Course, at: str) -> Iterator[tuple[Path, str, Value]]:
    for section, facts in (("counts", course.counts), ("first", course.first), ("last", course.last)):
        for name in facts:
            yield ("events", section, name), name, 1 if section == "counts" else at


def _alone(fact: str, value: Value) -> dict[str, Any]:
    part, _, rest = fact.partition(".")
    own = rest.startswith("fields.")
    name = rest.removeprefix("fields.")
    return {part: {"fields": {name: value}} if own else {name: value}}
