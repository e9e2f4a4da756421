"""Reading `derive:`: which kind each derived fact is of, what it needs, and that none needs itself."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ..diagnostics import Path, nearest
from ..facts import COMMON, FACT_GROUPS, Closed, Duration, FactType, Text
from ..tables import described
from .courses import COURSE_WORDS
from .declared import NAME
from .derived import ASKS, KINDS
from .derived_values import LookUp, Same, Sum
from .model import STAGES, stage_of_result
from .names import is_clear
from .reader import Reader

_OWN_KEYS = {
    "open": ("at",),
    "elapsed": ("until", "calendar", "paused_by", "less_waits"),
    "look_up": ("in", "otherwise"),
    "weekday": ("zone",),
    "time_of_day": ("zone",),
}
_EXAMPLES = {"zone": "add it, such as `zone: Europe/Moscow`", "in": "add it, such as `in: {gold: vip, silver: usual}`"}
_REQUIRED = {"look_up": ("in",), "weekday": ("zone",), "time_of_day": ("zone",)}


def read_derived(raw: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """The derived facts by name, in an order in which each comes after those it needs.

    They are in sight from here on. Facts that they need are checked by `check_needs`, once the results of stages are
    known.
    """
    found: dict[str, Any] = {}
    for name, body in raw.items():
        derived = _read(name, body, reader)
        if derived is None or reader.doubts.within(("derive", name)):
            reader.unsure.add(name)
        else:
            found[name] = derived
    ordered = _in_order(found, reader)
    for name in ordered:
        ordered[name] = _summed(ordered[name], reader)
        if any(need in reader.unsure for need in ordered[name].needs) and isinstance(ordered[name], Sum):
            reader.unsure.add(name)
        reader.facts[name] = ordered[name].type
    return ordered


def _read(name: str, body: Mapping[str, Any], reader: Reader) -> Any:
    """One derived fact, or None where faults were noted."""
    path = ("derive", name)
    if not is_clear(name):  # told already
        return None
    if not NAME.fullmatch(name) or name in COMMON or name in STAGES or name in FACT_GROUPS:
        reader.fault("reserved-name", f"`{name}` cannot name a derived fact", path, key=True,
                     help="derived facts have plain names of their own, without dots, spaces and braces")  # fmt: skip
        return None
    if name in COURSE_WORDS:
        said = f"`{name}` cannot name a derived fact: it stands for a message"
        reader.fault("reserved-name", said, path, key=True, help="give the fact another name")
        return None
    kind = next((k for k in KINDS if k.key in body), None)
    if kind is None:
        _no_kind(body, path, reader)
        return None
    return kind.read(body, path, reader) if _fits(kind, body, path, reader) else None


def _summed(derived: Any, reader: Reader) -> Any:
    """A sum is of durations when what it adds up is; that is known once those facts are."""
    if not isinstance(derived, Sum):
        return derived
    return replace(derived, of_durations=any(isinstance(reader.facts.get(n), Duration) for n in derived.facts))


def _no_kind(body: Mapping[str, Any], path: Path, reader: Reader) -> None:
    if reader.doubts.within(path):
        return
    keys = [k.key for k in KINDS]
    first = next((key for key in body if nearest(key, keys)), next(iter(body)))
    reader.unknown("unknown-derivation", "derivation", first, keys, (*path, first), key=True,
                   help=f"a derived fact is one of: {', '.join(keys)}")  # fmt: skip


def _fits(kind: type[Any], body: Mapping[str, Any], path: Path, reader: Reader) -> bool:
    own = (kind.key, *_OWN_KEYS.get(kind.key, ()))
    strangers = [key for key in body if key not in own]
    for key in strangers:
        reader.unknown("unknown-key", "key", key, own, (*path, key), key=True,
                       help=f"`{kind.key}` takes: {', '.join(own[1:]) or 'nothing else'}")  # fmt: skip
    missing = [key for key in _REQUIRED.get(kind.key, ()) if key not in body and not nearest(key, strangers)]
    for key in missing:
        if not reader.doubts.within((*path, key)):
            reader.fault("missing-key", f"`{key}` is missing in `{path[-1]}`", path, key=True, help=_EXAMPLES[key])
    if kind is Same and len(body["same"]) != 2:
        reader.fault("wrong-shape", f"`same` compares two facts; found {len(body['same'])}", (*path, "same"),
                     help="for more, derive one fact for each pair, and join them with `all`")  # fmt: skip
        return False
    return not strangers and not missing


def _in_order(found: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Depth first: a derived fact comes after those it needs; one that needs itself is reported and left out."""
    ordered: dict[str, Any] = {}
    faulty: set[str] = set()
    for first in found:
        way: dict[str, Iterator[str]] = {}
        following: str | None = first
        while following is not None or way:
            if following is not None and following in way:
                circle = [*list(way)[list(way).index(following) :], following]
                if faulty.isdisjoint(circle):
                    _circular(circle, reader)
                faulty.update(circle)
            elif following is not None and following not in ordered and following not in faulty:
                way[following] = (need for need in found[following].needs if need in found)
            name = next(reversed(way), None)
            if name is None:
                break
            following = next(way[name], None)
            if following is None:
                del way[name]
                if name not in faulty:
                    reader.ranks[name] = _rank(found[name].needs, reader)
                    ordered[name] = found[name]
    reader.unsure.update(faulty)
    return ordered


def _circular(circle: list[str], reader: Reader) -> None:
    said = " → ".join(f"`{name}`" for name in circle)
    reader.fault("circular-fact", f"`{circle[0]}` is derived from itself: {said}", ("derive", circle[0]), key=True,
                 help="break the circle: one of them must come from other facts")  # fmt: skip


def _rank(needs: tuple[str, ...], reader: Reader) -> int:
    """The number of the stage after which all these facts are known."""
    stages = [stage_of_result(need) for need in needs]
    own = [
        STAGES.index(stage) if stage else reader.ranks.get(need, -1) for need, stage in zip(needs, stages, strict=True)
    ]
    return max(own, default=-1)


def resting_on(calendars: frozenset[str], derived: Mapping[str, Any]) -> frozenset[str]:
    """The derived facts that rest on one of these calendars, by themselves or through others."""
    found: set[str] = set()
    for name, fact in derived.items():
        if getattr(fact, "calendar", None) in calendars or not found.isdisjoint(fact.needs):
            found.add(name)
    return frozenset(found)


def check_needs(derived: Mapping[str, Any], raw: Mapping[str, Any], reader: Reader) -> None:
    """Check that every fact that derived facts need exists and has a type that fits."""
    reader.enter(len(STAGES))
    for name, fact in derived.items():
        kinds: list[FactType | None] = []
        for number, need in enumerate(fact.needs):
            path = _where(name, raw[name], need, number)
            kind = reader.fact(need, path)
            wanted = ASKS.get(fact.key)
            if kind is not None and wanted and not isinstance(kind, wanted):
                said = f"`{need}` is {described(kind)}; `{fact.key}` does not take that"
                reader.fault("wrong-type", said, path, help=f"`{fact.key}` takes {_TAKES[fact.key]}")
                kind = None
            kinds.append(kind)
        if isinstance(fact, LookUp) and isinstance(kinds[0], Closed):
            _check_look_up(name, fact, kinds[0], reader)
        if isinstance(fact, Same | Sum):
            _check_alike(name, fact, kinds, reader)


_TAKES = {
    "open": "an instant", "elapsed": "instants", "earliest": "instants", "latest": "instants",
    "any": "facts that are true or false", "all": "facts that are true or false", "size": "a set",
    "sum": "numbers, or durations", "look_up": "a closed list", "weekday": "an instant", "time_of_day": "an instant",
}  # fmt: skip


def _where(name: str, body: Mapping[str, Any], need: str, number: int) -> Path:
    """Where a derived fact names what it needs: in its list, or under one of its keys."""
    for key, value in body.items():
        if isinstance(value, list) and number < len(value) and value[number] == need:
            return ("derive", name, key, number)
    keys = [key for key, value in body.items() if value == need]
    return ("derive", name, keys[min(number, len(keys) - 1)]) if keys else ("derive", name)


def _check_look_up(name: str, fact: LookUp, kind: Closed, reader: Reader) -> None:
    for value in fact.answers:
        if value not in kind.values:
            reader.unknown("unknown-value", "value", value, kind.values, ("derive", name, "in", value), key=True)


def _check_alike(name: str, fact: Same | Sum, kinds: list[FactType | None], reader: Reader) -> None:
    """Refuse to compare, or to add up, what is of different types."""
    sorts = [_sort(kind) for kind in kinds if kind is not None]
    odd = next((i for i, sort in enumerate(sorts) if sort is not sorts[0]), None)
    if odd is not None and None not in kinds:
        first, other = kinds[0], kinds[odd]
        assert first is not None
        assert other is not None
        said = f"`{fact.facts[0]}` is {described(first)}, `{fact.facts[odd]}` is {described(other)}"
        help = "such facts are never the same" if isinstance(fact, Same) else "these cannot be added up"
        reader.fault("wrong-type", said, ("derive", name, fact.key, odd), help=help)


def _sort(kind: FactType) -> type[Any]:
    return Text if isinstance(kind, Closed) else type(kind)
