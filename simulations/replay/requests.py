"""From a row to the request that the rulebook would have got: what was known at an instant, and nothing later.

Three things keep later knowledge out. A column that the mapping calls final is used from the instant on at which its
value became known. An instant that lies after the decision is left out, unless it was planned. For the opening, the
mapping may say of a fact what it was then, or that it was not known yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..mappings import HistoryMapping, Instant, Value
from .rows import Batch, Source


class _Guarded(NamedTuple):
    """A fact whose use depends on the instant of the decision."""

    fact: str
    name: str
    values: list[Any]
    known_from: list[Instant | None] | None
    instant: bool
    early: bool


@dataclass(slots=True)
class _Group:
    """The facts of one mapping of a request: `ticket` itself, or (``own``) its `fields`."""

    part: str
    own: bool
    plain: list[tuple[str, list[Any]]] = field(default_factory=list)
    guarded: list[_Guarded] = field(default_factory=list)


class Requests:
    """The requests that the rows of one batch make; they hold the facts, without rulebook and version."""

    def __init__(self, mapping: HistoryMapping, batch: Batch, withheld: Counter[str]) -> None:
        said: dict[str, Value] = dict(mapping.at_opening)
        self._standing = _groups(mapping, batch.sources, {}, len(batch))
        self._opening = _groups(mapping, batch.sources, said, len(batch))
        self._withheld = withheld

    def as_it_stood(self, row: int, at: Instant) -> dict[str, Any]:
        """The request for a row as it stood at an instant. Counts, by fact, what was not known yet."""
        return self._request(self._standing, row, at)

    def at_opening(self, row: int, opened: Instant) -> dict[str, Any]:
        """The request for a ticket as at its opening, from the row of its first event."""
        return self._request(self._opening, row, opened)

    def _request(self, groups: list[_Group], row: int, at: Instant) -> dict[str, Any]:
        request: dict[str, Any] = {"at": at.text}
        for group in groups:
            facts = {name: value for name, values in group.plain if (value := values[row]) is not None}
            for guarded in group.guarded:
                value = self._guard(guarded, row, at.micros)
                if value is not None:
                    facts[guarded.name] = value
            if facts and group.own:
                request.setdefault(group.part, {})["fields"] = facts
            elif facts:
                request[group.part] = facts
        return request

    def _guard(self, guarded: _Guarded, row: int, now: int) -> Any:
        value = guarded.values[row]
        if value is None:
            return None
        if guarded.known_from is not None:
            known = guarded.known_from[row]
            if known is None or known.micros > now:
                self._withheld[guarded.fact] += 1
                return None
        if guarded.instant:
            return value.text if guarded.early or value.micros <= now else None
        return value


def _groups(mapping: HistoryMapping, sources: tuple[Source, ...], instead: dict[str, Value], rows: int) -> list[_Group]:
    groups: dict[tuple[str, bool], _Group] = {}
    for source in sources:
        fact = source.fact
        if fact.name not in instead:
            group, name = _group(groups, fact.name)
            column = fact.column
            instant = column is not None and column.kind == "instant" and column.values is None
            if instant or source.known_from is not None:
                early = fact.planned or (column is not None and column.name == mapping.instants.opened)
                group.guarded.append(_Guarded(fact.name, name, source.values, source.known_from, instant, early))
            else:
                group.plain.append((name, source.values))
    for fact_name, value in instead.items():
        if value is not None:
            group, name = _group(groups, fact_name)
            group.plain.append((name, [value] * rows))
    # A mapping comes before its own fields, which are put into it.
    return [groups[key] for key in sorted(groups)]


def _group(groups: dict[tuple[str, bool], _Group], fact: str) -> tuple[_Group, str]:
    part, _, rest = fact.partition(".")
    own = rest.startswith("fields.")
    return groups.setdefault((part, own), _Group(part, own)), rest.removeprefix("fields.")
