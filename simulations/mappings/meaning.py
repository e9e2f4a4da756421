"""What a mapping of the right shape can still get wrong: by itself, and against the columns of a history.

Works on data from which misshapen pieces were left out, so every key may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias
from zoneinfo import available_timezones

from engine import Diagnostic, Source, did_you_mean

from .instants import format_fault, format_has_offset

Path: TypeAlias = tuple[str | int, ...]
Data: TypeAlias = Mapping[str, Any]

_FACT: Final = re.compile(r"(ticket|requester|agent)\.(fields\.)?[a-z][a-z0-9_]*")


def contradictions(source: Source, data: Data) -> list[Diagnostic]:
    """The faults of a mapping that its shape does not show."""
    return [found for rule in _RULES for found in rule(source, data)]


def missing_columns(source: Source, data: Data, columns: Sequence[str]) -> list[Diagnostic]:
    """A diagnostic for every place of a mapping that names a column which the history does not have."""
    known = set(columns)
    named = list(_named_columns(data))
    if len(named) > 1 and not any(name in known for _, name, _ in named):
        message = "the history has none of the columns that are named here"
        return [source.fault("unknown-column", message, ("mapping",), help=f"its columns: {', '.join(columns)}")]
    return [
        source.fault(
            "unknown-column",
            f"the history has no column `{name}`",
            path,
            key=key,
            help=did_you_mean(name, known) or f"its columns: {', '.join(columns)}",
        )
        for path, name, key in named
        if name not in known
    ]


def _named_columns(data: Data) -> Iterator[tuple[Path, str, bool]]:
    if "ticket" in data:
        yield ("ticket",), data["ticket"], False
    for at, item in enumerate(data.get("order", ())):
        yield ("order", at, "column"), item["column"], False
    for key in ("opened", "event_at"):
        if key in data.get("instants", {}):
            yield ("instants", key), data["instants"][key], False
    for section in ("facts", "recorded", "reported"):
        for name, said in data.get(section, {}).items():
            if isinstance(said, str):
                yield (section, name), said, False
            elif "column" in said:
                yield (section, name, "column"), said["column"], False
    for column, known_from in data.get("final", {}).items():
        yield ("final", column), column, True
        yield ("final", column), known_from, False


def _instants(source: Source, data: Data) -> Iterator[Diagnostic]:
    instants = data.get("instants", {})
    zone, form = instants.get("zone"), instants.get("format")
    fault = format_fault(form) if form is not None else None
    if fault is not None:
        yield source.fault(
            "bad-format", fault, ("instants", "format"), help="write it as `%d/%m/%Y %H:%M`, or `rfc3339`"
        )
    elif form is not None and zone is None and not format_has_offset(form):
        message = f"instants written as `{form}` carry no offset, and no zone is named"
        yield source.fault(
            "missing-zone", message, ("instants",), key=True, help="add `zone: UTC` or another IANA zone"
        )
    if zone is not None and zone not in (zones := available_timezones()):
        near = did_you_mean(zone, zones) or "zones are named like `UTC` or `Europe/Warsaw`"
        yield source.fault("unknown-zone", f"unknown zone `{zone}`", ("instants", "zone"), help=near)
    if data.get("history", {}).get("rows") == "event" and instants and "event_at" not in instants:
        message = "rows are events, and no column holds the instant of an event"
        yield source.fault("missing-key", message, ("instants",), key=True, help="add `event_at:`")


def _fact_names(source: Source, data: Data) -> Iterator[Diagnostic]:
    for section in ("facts", "at_opening"):
        for name in data.get(section, {}):
            if not _FACT.fullmatch(name):
                near = "facts are named like `ticket.impact` or `ticket.fields.vendor`"
                yield source.fault("unknown-fact", f"`{name}` is no fact", (section, name), key=True, help=near)


def _facts(source: Source, data: Data) -> Iterator[Diagnostic]:
    for name, said in data.get("facts", {}).items():
        if isinstance(said, str):
            continue
        path = ("facts", name)
        if ("is" in said) == ("column" in said):
            yield source.fault(
                "bad-fact", "a fact comes from a `column`, or `is` one value", path, key=True, help="keep one of them"
            )
        elif "is" in said and (others := [key for key in said if key != "is"]):
            message = f"`{others[0]}` says nothing of a fact that `is` one value"
            yield source.fault("bad-fact", message, (*path, others[0]), key=True, help="take it out")
        if "values" in said and said.get("type", "text") != "text":
            message = f"a table of values leaves nothing to read as {said['type']}"
            yield source.fault("bad-fact", message, (*path, "type"), key=True, help="take out `type` or `values`")
        if said.get("planned") and said.get("type") != "instant":
            yield source.fault(
                "bad-fact", "only an instant can be planned", (*path, "planned"), key=True, help="add `type: instant`"
            )


def _final(source: Source, data: Data) -> Iterator[Diagnostic]:
    instants, final = data.get("instants", {}), data.get("final", {})
    for column, known_from in final.items():
        if column in (instants.get("opened"), instants.get("event_at"), data.get("ticket")):
            message = f"`{column}` is needed for every decision, so it cannot be final"
            yield source.fault("bad-final", message, ("final", column), key=True, help="take it out")
        later = final.get(known_from, known_from)
        if later != known_from:
            message = f"`{known_from}` is itself known from `{later}` only"
            yield source.fault("bad-final", message, ("final", column), help=f"write `{column}: {later}`")


def _at_opening(source: Source, data: Data) -> Iterator[Diagnostic]:
    for name in data.get("at_opening", {}):
        if name not in data.get("facts", {}):
            near = (
                did_you_mean(name, data.get("facts", {}))
                or "only facts that are read from rows need a word on the opening"
            )
            yield source.fault(
                "unknown-fact", f"`{name}` is not among the facts", ("at_opening", name), key=True, help=near
            )


_RULES: tuple[Callable[[Source, Data], Iterator[Diagnostic]], ...] = (
    _instants,
    _fact_names,
    _facts,
    _final,
    _at_opening,
)
