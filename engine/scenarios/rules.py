"""The rules of a rulebook as a list: which there are, where each stands, what it cites, what is assumed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..decision import CheckReport
from ..diagnostics import Path, Source, value_at
from ..rulebook import Rulebook, Texts


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, a row of a table, a cell of a matrix, or what comes otherwise."""

    id: str
    stage: str
    cites: tuple[str, ...]
    line: int
    """Where it starts in its file, counted from 1."""
    path: Path


@dataclass(frozen=True, slots=True)
class Assumption:
    """What a rulebook assumes because the procedure leaves it open: a rule, or the hours of a calendar."""

    file: str
    line: int
    kind: str
    """The stage of a rule, or `calendar`."""
    name: str
    because: Texts | None
    cites: tuple[str, ...]
    results: tuple[str, ...] = ()
    """What of the rule's results is assumed; none named: all that it says."""


def rules_of(rulebook: Rulebook, source: Source) -> tuple[Rule, ...]:
    """Every rule in the order of the file."""
    return tuple(
        Rule(row.id, stage.name, row.cites, source.span(row.path).line, row.path)
        for stage in rulebook.stages.values()
        for row in stage.rows
    )


def assumptions_of(report: CheckReport) -> list[Assumption]:
    """All that the sound ones of the rulebooks checked assume, in the order of the files."""
    files = {(value_at(s.data, ("rulebook",)), value_at(s.data, ("version",))): s for s in report.sources.values()}
    named = [(files.get((book.id, book.version)), book) for book in report.rulebooks]
    return [assumption for source, book in named if source for assumption in _assumptions(book, source)]


def _assumptions(rulebook: Rulebook, source: Source) -> list[Assumption]:
    found = [
        Assumption(source.name, source.span(("calendars", name), key=True).line, "calendar", name, None, ())
        for name in rulebook.assumed_calendars
    ]
    for stage in rulebook.stages.values():
        found += [
            Assumption(
                source.name, source.span(row.path).line, stage.name, row.id, row.because, row.cites, row.assumed_results
            )
            for row in stage.rows
            if row.assumed
        ]
    return sorted(found, key=lambda assumption: (assumption.line, assumption.kind, assumption.name))


def cite_place(rule: Rule, clause: str, source: Source) -> Path:
    """Where a rule cites a clause: in itself, at the end of its row, or at the table or matrix that holds it."""
    for length in range(len(rule.path), 0, -1):
        path = rule.path[:length]
        for here in _notes(source.data, path):
            cites = value_at(source.data, (*here, "cites"))
            if isinstance(cites, list) and clause in cites:
                return (*here, "cites", cites.index(clause))
    return rule.path


def _notes(data: Any, path: Path) -> Iterator[Path]:
    """Where the notes of what stands at a path may be."""
    value = value_at(data, path)
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        yield (*path, len(value) - 1)
    yield path
