"""What a mapping of the right shape can still get wrong: by itself, and against the columns of a history.

Works on data from which misshapen pieces were left out, so every key may be missing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

import re2

from engine import Diagnostic, Source, did_you_mean

from .instants import format_fault, format_has_offset, time_fault
from .naming import TARGETS, Data, Path, named_in, parts_in, recorded_in, tests_in

_STATES: Final = ("met", "breached")
_FACT: Final = re.compile(r"(ticket|requester|agent)\.(fields\.)?[a-z][a-z0-9_]*")


def contradictions(source: Source, data: Data) -> list[Diagnostic]:
    """The faults of a mapping that its shape does not show."""
    return [found for rule in _RULES for found in rule(source, data)]


def named_columns(data: Data) -> tuple[str, ...]:
    """The columns of the history that a mapping names."""
    joined = data.get("joined", {})
    names = [named.name for named in (*named_in(data), *parts_in(data)) if named.name not in joined]
    return tuple(dict.fromkeys(names))


def missing_columns(source: Source, data: Data, columns: Sequence[str]) -> list[Diagnostic]:
    """A diagnostic for every place of a mapping that names a column which the history does not have."""
    known = {*columns, *data.get("joined", {})}
    named = [*((found, known) for found in named_in(data)), *((found, set(columns)) for found in parts_in(data))]
    if len(named) > 1 and not any(found.name in columns for found, _ in named):
        message = "the history has none of the columns that are named here"
        return [source.fault("unknown-column", message, ("mapping",), help=_columns(columns))]
    return [
        source.fault(
            "unknown-column",
            f"the history has no column `{found.name}`",
            found.path,
            key=found.key,
            help=did_you_mean(found.name, near) or _columns(columns),
        )
        for found, near in named
        if found.name not in near
    ]


def _columns(columns: Sequence[str]) -> str:
    return f"its columns: {', '.join(columns)}"


def _numbers(source: Source, data: Data) -> Iterator[Diagnostic]:
    history = data.get("history", {})
    mark = history.get("thousands")
    if mark is not None and mark == history.get("decimal", "."):
        message = f"`{mark}` stands before the fraction of a number already"
        yield source.fault("bad-format", message, ("history", "thousands"), help="say which `decimal:` stands there")


def _instants(source: Source, data: Data) -> Iterator[Diagnostic]:
    instants = data.get("instants", {})
    yield from _written(source, instants, ("instants",), instants)
    for column, own in instants.get("columns", {}).items():
        yield from _written(source, own, ("instants", "columns", column), {**instants, **own})
    if data.get("history", {}).get("rows") in ("event", "decision") and instants and "event_at" not in instants:
        kind = data["history"]["rows"]
        message = f"rows are {kind}s, and no column holds the instant of {'an' if kind == 'event' else 'a'} {kind}"
        yield source.fault("missing-key", message, ("instants",), key=True, help="add `event_at:`")


def _written(source: Source, said: Data, path: Path, whole: Data) -> Iterator[Diagnostic]:
    zone, date_at = said.get("zone"), whole.get("date_at")
    form = whole.get("format")
    forms = [form] if isinstance(form, str) else form or []
    faults = [found for found in (format_fault(form, date_at) for form in forms) if found is not None]
    if faults and "format" in said:
        help = "write it as `%d/%m/%Y %H:%M`, `rfc3339`, `unix` or `unix_ms`; `date_at` gives the time of mere dates"
        yield source.fault("bad-format", faults[0], (*path, "format"), help=help)
    bare = [form for form in forms if not format_has_offset(form)]
    if not faults and bare and whole.get("zone") is None:
        message = f"instants written as `{bare[0]}` carry no offset, and no zone is named"
        yield source.fault("missing-zone", message, path, key=True, help="add `zone: UTC` or another IANA zone")
    if zone is not None and zone not in (zones := available_timezones()):
        near = did_you_mean(zone, zones) or "zones are named like `UTC` or `Europe/Warsaw`"
        yield source.fault("unknown-zone", f"unknown zone `{zone}`", (*path, "zone"), help=near)
    if "date_at" in said and (fault := time_fault(said["date_at"])) is not None:
        yield source.fault("bad-format", fault, (*path, "date_at"), help="write it as `09:00`")


def _history(source: Source, data: Data) -> Iterator[Diagnostic]:
    encoding = data.get("history", {}).get("encoding")
    if encoding is not None:
        try:
            known = codecs.lookup(encoding)._is_text_encoding
        except LookupError:
            known = False
        if not known:
            help = "encodings are named like `cp1252` or `utf-16`"
            yield source.fault("unknown-encoding", f"unknown encoding `{encoding}`", ("history", "encoding"), help=help)
    if "request" not in data and "facts" not in data and data:
        yield source.fault("missing-key", "`facts` is missing", (), help="say which column holds which fact")


def _fact_names(source: Source, data: Data) -> Iterator[Diagnostic]:
    events = data.get("events", {})
    named: list[tuple[Path, Data]] = [((section,), data.get(section, {})) for section in ("facts", "at_opening")]
    named += [(("events", section), events.get(section, {})) for section in ("counts", "first", "last")]
    met: dict[str, Path] = {}
    for section, facts in named:
        for name in facts:
            path = (*section, name)
            if not _FACT.fullmatch(name):
                near = "facts are named like `ticket.impact` or `ticket.fields.vendor`"
                yield source.fault("unknown-fact", f"`{name}` is no fact", path, key=True, help=near)
            elif section != ("at_opening",) and met.setdefault(name, path) != path:
                first = ".".join(map(str, met[name][:-1]))
                message = f"`{name}` is given under `{first}` already"
                yield source.fault("bad-fact", message, path, key=True, help="keep one of them")


def _columns_read(data: Data) -> Iterator[tuple[Path, Any]]:
    for name, said in data.get("facts", {}).items():
        yield ("facts", name), said
    yield from recorded_in(data)
    if "states" in data.get("events", {}):
        yield ("events", "states"), data["events"]["states"]


def _readings(source: Source, data: Data) -> Iterator[Diagnostic]:
    for path, said in _columns_read(data):
        if isinstance(said, str):
            continue
        if "pattern" in said:
            try:
                re2.compile(said["pattern"])
            except re2.error as error:
                message = f"`{said['pattern']}` is not a regular expression: {_said(error)}"
                yield source.fault("bad-pattern", message, (*path, "pattern"), help="expressions are RE2")
        if "otherwise" in said and not {"values", "pattern"} & said.keys():
            message = "`otherwise` stands beside neither `values` nor a `pattern`"
            yield source.fault("bad-fact", message, (*path, "otherwise"), key=True, help="take it out")
        if "split" in said and said.get("type") != "set":
            message = "only a set is split into members"
            yield source.fault("bad-fact", message, (*path, "split"), key=True, help="add `type: set`")


def _said(error: Exception) -> str:
    first = error.args[0] if error.args else "it cannot be read"
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)


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


def _recorded(source: Source, data: Data) -> Iterator[Diagnostic]:
    for path, said in recorded_in(data):
        if path[1] != TARGETS or path[-1] != "state" or isinstance(said, str):
            continue
        given = [((*path, "values", text), value) for text, value in said.get("values", {}).items()]
        given += [((*path, "otherwise"), said["otherwise"])] if "otherwise" in said else []
        for place, value in given:
            if value not in (*_STATES, None):
                message = f"`{value}` is no state that a record of a target has"
                yield source.fault("bad-record", message, place, help="write `met`, `breached` or null")


def _at_opening(source: Source, data: Data) -> Iterator[Diagnostic]:
    events = data.get("events", {})
    given = [*data.get("facts", {}), *(name for key in ("counts", "first", "last") for name in events.get(key, {}))]
    for name in data.get("at_opening", {}):
        if name not in given:
            near = did_you_mean(name, given) or "only facts that are read from rows need a word on the opening"
            yield source.fault(
                "unknown-fact", f"`{name}` is not among the facts", ("at_opening", name), key=True, help=near
            )


def _waits(source: Source, data: Data) -> Iterator[Diagnostic]:
    for at, wait in enumerate(data.get("waits", ())):
        keys = wait.keys() - {"unit"}
        listed = "list" in keys and keys <= {"list", "from", "until", "when"}
        stated = keys in ({"from"}, {"from", "until"}, {"total", "until"})
        if not (listed or stated) or ("unit" in wait) > ("total" in wait):
            help = "write `from` and `until`; `total`, its `unit`, and `until`; or `list`, with `from`, `until`, `when`"
            yield source.fault("bad-waits", "these columns do not make a wait", ("waits", at), help=help)


def _messages(source: Source, data: Data) -> Iterator[Diagnostic]:
    for at, said in enumerate(data.get("messages", ())):
        sender = said.get("from")
        if isinstance(sender, str) and sender not in ("requester", "agent"):
            help = "write `requester`, `agent`, or a mapping with `key` and `values`"
            message = f"`{sender}` is no side that writes messages"
            yield source.fault("bad-messages", message, ("messages", at, "from"), help=help)


def _events(source: Source, data: Data) -> Iterator[Diagnostic]:
    if "events" not in data:
        return
    if data.get("history", {}).get("rows", "event") != "event":
        message = "only rows that are events tell the course of a ticket"
        yield source.fault("bad-events", message, ("events",), key=True, help="take it out; `waits:` reads columns")
    waits = data["events"].get("waits")
    if waits is not None and waits.keys() not in ({"while"}, {"opens", "closes"}):
        help = "write `while`, or both `opens` and `closes`"
        yield source.fault("bad-events", "this does not say when a ticket waits", ("events", "waits"), help=help)
    for path, test in tests_in(data):
        every = path[1] in ("first", "last") and len(path) == 3 and not test
        if not every and not {"when", "before", "changes"} & test.keys():
            help = "add `when`, `before` or `changes`"
            yield source.fault("bad-events", "this holds of every event", path, help=help)
    for name, said in data.get("facts", {}).items():
        if isinstance(said, dict) and said.get("carried") and said.get("column") in data.get("final", {}):
            message = "a final value stands on every row, so there is nothing to carry"
            yield source.fault("bad-fact", message, ("facts", name, "carried"), key=True, help="take it out")


_RULES: tuple[Callable[[Source, Data], Iterator[Diagnostic]], ...] = (
    _instants,
    _history,
    _numbers,
    _fact_names,
    _facts,
    _readings,
    _final,
    _recorded,
    _at_opening,
    _waits,
    _messages,
    _events,
)
