"""Reading `derive:`: which kind each derived fact is of, what it needs, and that none needs itself."""

from collections.abc import Mapping
from typing import Any

from ..diagnostics import Path
from ..facts import COMMON, Closed, FactType
from ..tables import described
from .derived import ASKS, KINDS, LookUp, Same
from .model import STAGES, stage_of_result
from .reader import Reader

_OWN_KEYS = {
    "open": ("at",),
    "elapsed": ("until", "calendar", "less_waits"),
    "look_up": ("in", "otherwise"),
    "weekday": ("zone",),
    "time_of_day": ("zone",),
}


def read_derived(raw: Mapping[str, Any], calendars: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The derived facts by name, in an order in which each comes after those it needs.

    They are in sight from here on. Facts that they need are checked by `check_needs`, once the results of stages are known.
    """
    found: dict[str, Any] = {}
    for name, body in raw.items():
        path = ("derive", name)
        if "." in name or name in COMMON or name in STAGES:
            reader.fault("reserved-name", f"`{name}` cannot name a derived fact", path, key=True,
                         help="derived facts have plain names of their own, without a dot")  # fmt: skip
            continue
        kind = next((k for k in KINDS if k.key in body), None)
        if kind is None:
            _no_kind(body, path, reader)
            continue
        if _fits(kind, body, path, reader):
            found[name] = kind.read(body, path, reader, calendars)
    for name, derived in found.items():
        reader.facts[name] = derived.type
    return _in_order(found, reader)


def _no_kind(body: Mapping[str, Any], path: Path, reader: Reader) -> None:
    keys = [k.key for k in KINDS]
    first = next(iter(body), "")
    reader.unknown("unknown-derivation", "derivation", first, keys, (*path, first), key=True,
                   help=f"a derived fact is one of: {', '.join(keys)}")  # fmt: skip


def _fits(kind: type[Any], body: Mapping[str, Any], path: Path, reader: Reader) -> bool:
    own = (kind.key, *_OWN_KEYS.get(kind.key, ()))
    good = True
    for key in body:
        if key not in own:
            reader.unknown("unknown-key", "key", key, own, (*path, key), key=True)
            good = False
    for key in ("in",) if kind is LookUp else ("zone",) if "zone" in own else ():
        if key not in body:
            reader.fault("missing-key", f"`{key}` is missing", path, key=True)
            good = False
    if kind is Same and len(body["same"]) != 2:
        reader.fault("wrong-shape", "`same` compares two facts", (*path, "same"))
        good = False
    return good


def _in_order(found: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """Depth first: a derived fact comes after those it needs; one that needs itself is reported and left out."""
    ordered: dict[str, Any] = {}
    open_path: list[str] = []
    faulty: set[str] = set()

    def visit(name: str) -> int:
        if name in ordered or name in faulty:
            return reader.ranks.get(name, -1)
        if name in open_path:
            circle = [*open_path[open_path.index(name) :], name]
            shown = " → ".join(f"`{n}`" for n in circle)
            reader.fault("circular-fact", f"`{name}` is derived from itself: {shown}", ("derive", name), key=True,
                         help="break the circle: one of them must come from the request alone")  # fmt: skip
            faulty.update(circle)
            return -1
        open_path.append(name)
        rank = max(
            (_rank(need, visit) for need in found[name].needs if need in found or stage_of_result(need)), default=-1
        )
        open_path.pop()
        reader.ranks[name] = rank
        if name not in faulty:
            ordered[name] = found[name]
        return rank

    for name in found:
        visit(name)
    return ordered


def _rank(need: str, visit: Any) -> int:
    stage = stage_of_result(need)
    return STAGES.index(stage) if stage else int(visit(need))


def check_needs(derived: Mapping[str, Any], raw: Mapping[str, Any], reader: Reader) -> None:
    """Check that every fact that derived facts need exists and has a type that fits."""
    reader.stage = len(STAGES)
    for name, fact in derived.items():
        listed = raw[name].get(fact.key)
        for need in fact.needs:
            path = _where(name, raw[name], need, listed)
            kind = reader.fact(need, path)
            wanted = ASKS.get(fact.key)
            if kind is not None and wanted and not isinstance(kind, wanted):
                reader.fault("wrong-type", f"`{need}` is {described(kind)}; `{fact.key}` does not take that", path)
            if isinstance(fact, LookUp) and isinstance(kind, Closed):
                _check_look_up(name, fact, kind, reader)


def _where(name: str, body: Mapping[str, Any], need: str, listed: Any) -> Path:
    if isinstance(listed, list) and need in listed:
        return ("derive", name, next(k for k in body if body[k] is listed), listed.index(need))
    return next((("derive", name, key) for key, value in body.items() if value == need), ("derive", name))


def _check_look_up(name: str, fact: LookUp, kind: FactType, reader: Reader) -> None:
    assert isinstance(kind, Closed)
    for value in fact.answers:
        if value not in kind.values:
            reader.unknown("unknown-value", "value", value, kind.values, ("derive", name, "in", value), key=True)
