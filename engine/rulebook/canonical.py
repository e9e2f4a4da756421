"""The canonical form of a rulebook, and its digest.

The form holds what a decision depends on and nothing of layout: comments, the order of keys, `30m` or `1800s`, `x` or
`[x]` leave no trace. The digest covers it together with the holidays and zone data that its calendars resolve to, and
the number of the engine's semantics, so equal digests mean equal answers.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from typing import Any

from ..calendars import build_calendar
from .model import Rulebook

SEMANTICS = 1
"""Raised when the engine comes to answer an unchanged rulebook differently."""

FIRST_YEAR, LAST_YEAR = 1970, 2069


def canonical(value: Any) -> Any:
    """A value of the model as plain JSON data; fields that do not count in comparisons are left out."""
    kind: Any = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    names = _names(kind)
    if names is not None:
        return {"is": kind.__name__, **{name: canonical(getattr(value, name)) for name in names}}
    if isinstance(value, Mapping):
        return {str(key): canonical(item) for key, item in sorted(value.items(), key=lambda kv: str(kv[0]))}
    if isinstance(value, frozenset | set):
        return sorted((canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def _names(kind: Any) -> tuple[str, ...] | None:
    """The names of a dataclass's fields that count in comparisons; None for other types."""
    return tuple(f.name for f in fields(kind) if f.compare) if is_dataclass(kind) else None


def meaning(rulebook: Rulebook) -> Any:
    """What the rulebook says, as plain JSON data. Facts that every rulebook has, and its title, decide nothing."""
    body = canonical(rulebook)
    del body["facts"], body["title"]
    if not rulebook.covers:
        del body["covers"]
    return {"semantics": SEMANTICS, **body}


def digests(rulebook: Rulebook) -> tuple[str, str]:
    """The digest of the meaning alone, and the digest of it with the holidays and zone data it resolves to."""
    said = _digest(meaning(rulebook))
    resolved = {
        name: build_calendar(spec).fingerprint(FIRST_YEAR, LAST_YEAR)
        for name, spec in sorted(rulebook.calendars.items())
    }
    zones = sorted({d.zone for d in rulebook.derived.values() if hasattr(d, "zone")})
    return said, _digest({"meaning": said, "calendars": resolved, "zones": {z: _zone_data(z) for z in zones}})


def _zone_data(name: str) -> Any:
    from ..calendars import offset_changes

    return [list(change) for change in offset_changes(name)]


def _digest(data: Any) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
