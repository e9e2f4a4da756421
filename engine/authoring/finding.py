"""Where what a word names is declared, and the outline of a file."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from ..diagnostics import Path, Source, Span
from ..rulebook import STAGES, stage_of_result
from .kinds import CalendarNames, ClauseIds, Facts, RuleIds, Slot, Tests, Values, Words
from .places import place_at
from .readings import Desk
from .slots_beside import fact_named, slots_at
from .telling import fact_in_braces, rows_of_stage, rule_called


class Found(NamedTuple):
    """A place in a file: where the name stands, and all that it names."""

    file: str
    name: Span
    whole: Span


class Entry(NamedTuple):
    """An entry of a file's outline."""

    name: str
    detail: str
    kind: Literal["section", "rule", "fact", "calendar", "clause", "scenario"]
    at: Span
    whole: Span
    inner: tuple["Entry", ...] = ()


def definition_at(desk: Desk, line: int, column: int) -> Found | None:
    """Where what the word under the cursor names is declared; None where it is nowhere. Raises nothing."""
    place = place_at(desk.lines, line, column)
    if place.role == "none" or not place.word:
        return None
    if (braced := fact_in_braces(place, desk, line, column)) is not None:
        return _fact(braced.group(1), desk)
    if (fact := fact_named(place, desk)) is not None:
        return _fact(fact, desk)
    return next((found for slot in slots_at(place, desk) if (found := _of_slot(slot, place.word, desk))), None)


def _of_slot(slot: Slot, word: str, desk: Desk) -> Found | None:
    source = desk.rulebook.source
    match slot:
        case Facts():
            return _fact(word, desk)
        case Values(fact) | Tests(fact):
            return _fact(fact, desk)
        case ClauseIds():
            return _found(desk.clauses, (word,), key=True)
        case CalendarNames():
            return _found(source, ("calendars", word), key=True)
        case RuleIds(stage):
            row = rule_called(word, stage, desk)
            return _rule(row.path, source) if row is not None else None
        case Words():
            listed = [("disclosures", "topics"), ("permissions", "actions"), ("priority", "levels"),
                      ("classification", "kinds"), ("states",)]  # fmt: skip
            for path in listed if source is not None else ():
                names = desk.said(path)
                if isinstance(names, list) and word in names:
                    return _found(source, (*path, names.index(word)))
            return _found(source, ("sla", "targets", word), key=True)
    return None


def _fact(name: str, desk: Desk) -> Found | None:
    sources = [reading.source for reading in desk.rulebooks]
    stage = stage_of_result(name)
    paths: list[Path] = [("derive", name), ("facts", name), *([(stage,)] if stage else [])]
    return next((found for path in paths for source in sources if (found := _found(source, path, key=True))), None)


def _rule(path: Path, source: Source | None) -> Found | None:
    if source is None:
        return None
    named = source.span((*path, "rule")) if isinstance(path[-1], int) else source.span(path, key=True)
    return Found(source.name, named, source.span(path))


def _found(source: Source | None, path: Path, *, key: bool = False) -> Found | None:
    """A place in a source, if something stands there."""
    if source is None:
        return None
    here: Any = source.data
    for step in path:
        if not (step in here if isinstance(here, dict) else isinstance(here, list) and isinstance(step, int)):
            return None
        here = here[step]
    return Found(source.name, source.span(path, key=key), _whole(source, path))


def _whole(source: Source, path: Path) -> Span:
    """A key and its value."""
    key, value = source.span(path, key=True), source.span(path)
    return Span(key.line, key.column, *max((value.end_line, value.end_column), (key.end_line, key.end_column)))


def outline_of(desk: Desk) -> list[Entry]:
    """The outline of a file: its sections with the rules, facts and calendars in them; clauses; scenarios."""
    source = desk.reading.source
    if source is None or not isinstance(source.data, dict):
        return []
    match desk.kind:
        case "rulebook":
            return [_section(str(key), source, desk) for key in source.data]
        case "clauses":
            return [_keyed(str(key), (str(key),), "clause", source) for key in source.data]
        case "scenarios":
            return list(_scenarios(source))
        case "mapping" | "invariants":
            return [_keyed(str(key), (str(key),), "section", source) for key in source.data]


def _section(key: str, source: Source, desk: Desk) -> Entry:
    inner: list[Entry] = []
    if key in STAGES:
        for row in rows_of_stage(key, desk) if desk.reading.rulebook is not None else ():
            if (found := _rule(row.path, source)) is not None:
                inner.append(
                    Entry(row.id, next(iter((row.because or {}).values()), ""), "rule", found.name, found.whole)
                )
    elif key in ("facts", "derive", "calendars") and isinstance(source.data[key], Mapping):
        kind: Literal["fact", "calendar"] = "calendar" if key == "calendars" else "fact"
        inner = [_keyed(str(name), (key, str(name)), kind, source) for name in source.data[key]]
    return _keyed(key, (key,), "section", source)._replace(inner=tuple(inner))


def _keyed(
    name: str, path: Path, kind: Literal["section", "fact", "calendar", "clause"], source: Source
) -> Entry:  # fmt: skip
    return Entry(name, "", kind, source.span(path, key=True), _whole(source, path))


def _scenarios(source: Source) -> Iterator[Entry]:
    for section, word in (("scenarios", "scenario"), ("tables", "scenarios")):
        listed = source.data.get(section)
        for i, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, dict) and isinstance(item.get(word), str):
                at = source.span((section, i, word))
                yield Entry(item[word], section, "scenario", at, source.span((section, i)))
