"""Requests as columns for bulk evaluation: as raw values, or as typed arrays where all values of a column fit one."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine import parse_duration, parse_instant
from engine.bulk import Coded, Column, Durations, Instants, Numbers

GROUPS = ("ticket", "requester", "agent", "ask")


def columns_of(requests: Sequence[Mapping[str, Any]], *, typed: bool = False) -> dict[str, Column]:
    """A column for each fact or other part that any of the requests has; with `typed`, arrays where they fit."""
    flat = [dict(_flat(request)) for request in requests]
    names = dict.fromkeys(name for one in flat for name in one)
    return {name: _column([one.get(name) for one in flat], typed) for name in names}


def is_flat(request: Mapping[str, Any]) -> bool:
    """Whether a request can be told by columns: its parts are mappings, as far as they are given."""
    parts = [request.get(group) for group in GROUPS]
    parts += [part.get("fields") for part in parts if isinstance(part, dict)]
    return all(part is None or isinstance(part, dict) for part in parts)


def _flat(request: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in request.items():
        if key in ("rulebook", "version"):
            continue
        if key not in GROUPS:
            found.append((key, value))
            continue
        for name, inner in (value or {}).items():
            if name == "fields" and key != "ask":
                found += [(f"{key}.fields.{field}", item) for field, item in (inner or {}).items()]
            else:
                found.append((f"{key}.{name}", inner))
    return found


def _column(values: list[Any], typed: bool) -> Column:
    if typed:
        for form in (_numbers, _instants, _durations):
            found = form(values)
            if found is not None:
                return found
    codes = np.arange(len(values), dtype=np.intp)
    listed: list[Any] = []
    for i, value in enumerate(values):
        place = next(
            (j for j, known in enumerate(listed) if type(known) is type(value) and known == value), len(listed)
        )
        if place == len(listed):
            listed.append(value)
        codes[i] = place
    return Coded(codes, listed)


def _numbers(values: list[Any]) -> Column | None:
    stated = [value for value in values if value is not None]
    if not stated or not all(type(value) in (int, float) for value in stated):
        return None
    kind = np.int64 if all(type(value) is int for value in stated) else np.float64
    if not all(abs(value) < 2**63 for value in stated):
        return None
    if kind is np.float64 and not all(float(value) == value for value in stated):
        return None
    return Numbers(np.array([value or 0 for value in values], kind), _present(values))


def _instants(values: list[Any]) -> Column | None:
    return _parsed(values, parse_instant, Instants)


def _durations(values: list[Any]) -> Column | None:
    return _parsed(values, parse_duration, Durations)


def _parsed(values: list[Any], parse: Any, form: Any) -> Column | None:
    try:
        found = [0 if value is None else parse(value) for value in values]
    except (TypeError, ValueError):
        return None
    if all(value is None for value in values):
        return None
    column: Column = form(np.array(found, np.int64), _present(values))
    return column


def _present(values: list[Any]) -> Any:
    return None if None not in values else np.array([value is not None for value in values], np.bool_)
