"""Requests read with care: every fault with its JSON Pointer, or the cells of all facts.

The fast path of `pipeline` comes here only when something did not fit at first sight.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from ..diagnostics import nearest
from ..facts import FACT_GROUPS, ROSTER, Closed, FactType, Instant, Misfit, normal
from ..rulebook import CellMap
from .encoding import WAITS_LIMIT
from .refusal import Fault, pointer

KEYS = frozenset(("rulebook", "version", "at", "ticket", "requester", "agent", "roster", "ask", "explain", "language"))
ASK_KEYS = ("disclose", "to", "do")
WAIT_KEYS = ("from", "until")
ROSTER_LIMIT = 10_000
_INSTANT = Instant()


class Vocabulary(Protocol):
    """What a rulebook knows by name."""

    @property
    def types(self) -> Mapping[str, Mapping[str, FactType]]:
        """Fact types by group (`ticket`, `ticket.fields`, …) and short name."""
        ...

    @property
    def cell_map(self) -> CellMap:
        """The cells of its facts."""
        ...

    @property
    def topics(self) -> Sequence[str]:
        """What may be asked under `ask.disclose`."""
        ...

    @property
    def actions(self) -> Sequence[str]:
        """What may be asked under `ask.do`."""
        ...

    @property
    def audiences(self) -> Sequence[str]:
        """What may be asked under `ask.to`."""
        ...


def faults_of(request: Mapping[str, Any], known: Vocabulary) -> list[Fault]:
    """Every fault of a request against a rulebook's vocabulary; `rulebook`, `version` and `at` are checked before."""
    return [
        *_strangers(request, KEYS, ()),
        *(fault for group in FACT_GROUPS for fault in _group_faults(request.get(group), group, known)),
        *_roster_faults(request.get("roster")),
        *_ask_faults(request.get("ask"), known),
        *_plain_faults(request),
    ]


def faults_of_any(request: Mapping[str, Any]) -> list[Fault]:
    """The faults of a request that names no rulebook: those that do not depend on one."""
    return [*_strangers(request, KEYS, ()), *_roster_faults(request.get("roster")), *_plain_faults(request)]


def careful_cells(request: Mapping[str, Any], known: Vocabulary) -> list[int]:
    """The cells of a request without faults."""
    slots = known.cell_map.slots
    cells = [0] * (known.cell_map.spare + 1)
    for group, types in known.types.items():
        top, _, inner = group.partition(".")
        part = request.get(top) or {}
        part = (part.get("fields") or {}) if inner else part
        for name, value in part.items():
            slot = slots.get(f"{group}.{name}")
            if slot is not None and value is not None:
                cells[slot] = known.cell_map.cell(f"{group}.{name}", types[name].read(value))
    return cells


def _strangers(part: Mapping[str, Any], known: Iterable[str], at: tuple[str | int, ...]) -> list[Fault]:
    known = sorted(known)
    return [_stranger(key, known, at) for key in part if key not in known]


def _stranger(key: Any, known: Sequence[str], at: tuple[str | int, ...]) -> Fault:
    name = key if isinstance(key, str) else str(key)
    safe = name.encode("utf-8", "replace").decode()
    close = nearest(safe, known)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return Fault(pointer(*at, safe), f"unknown name `{safe[:100]}`{hint}", close[0] if close else None)


def _mapping(part: Any, at: tuple[str | int, ...]) -> list[Fault] | None:
    """None for a mapping; otherwise what is wrong (nothing, where the part is absent)."""
    if part is None:
        return []
    return None if isinstance(part, Mapping) else [Fault(pointer(*at), "must be a mapping")]


def _group_faults(part: Any, group: str, known: Vocabulary) -> list[Fault]:
    wrong = _mapping(part, (group,))
    if wrong is not None:
        return wrong
    own = (*known.types[group], "fields", *(("waits",) if group == "ticket" else ()))
    faults = _strangers(part, own, (group,))
    faults += _value_faults(part, known.types[group], (group,))
    fields = part.get("fields")
    wrong = _mapping(fields, (group, "fields"))
    if wrong is None:
        inner = known.types[f"{group}.fields"]
        faults += _strangers(fields, inner, (group, "fields")) + _value_faults(fields, inner, (group, "fields"))
    else:
        faults += wrong
    return faults + (_wait_faults(part.get("waits")) if group == "ticket" else [])


def _value_faults(part: Mapping[str, Any], types: Mapping[str, FactType], at: tuple[str | int, ...]) -> list[Fault]:
    faults = []
    for name, value in part.items():
        kind = types.get(name)
        if kind is not None and value is not None:
            try:
                kind.read(value)
            except Misfit as misfit:
                faults.append(Fault(pointer(*at, name), misfit.message, misfit.nearest))
    return faults


def _instant_fault(value: Any, at: tuple[str | int, ...]) -> list[Fault]:
    try:
        _INSTANT.read(value)
    except Misfit as misfit:
        return [Fault(pointer(*at), misfit.message)]
    return []


def _wait_faults(waits: Any) -> list[Fault]:
    if waits is None:
        return []
    if not isinstance(waits, list | tuple) or len(waits) > WAITS_LIMIT:
        return [Fault("/ticket/waits", f"must be a list of at most {WAITS_LIMIT} waits")]
    faults: list[Fault] = []
    for i, wait in enumerate(waits):
        at = ("ticket", "waits", i)
        if not isinstance(wait, Mapping):
            faults.append(Fault(pointer(*at), "must be a mapping with `from` and, once it is over, `until`"))
            continue
        here = _strangers(wait, WAIT_KEYS, at)
        if "from" not in wait:
            here.append(Fault(pointer(*at), "`from` is missing"))
        for key in WAIT_KEYS:
            if key in wait and not (key == "until" and wait[key] is None):
                here += _instant_fault(wait[key], (*at, key))
        if not here and wait.get("until") is not None and _INSTANT.read(wait["until"]) < _INSTANT.read(wait["from"]):
            here.append(Fault(pointer(*at), "this wait ends before it begins"))
        faults += here
    return faults


def _roster_faults(roster: Any) -> list[Fault]:
    if roster is None:
        return []
    if not isinstance(roster, list | tuple) or len(roster) > ROSTER_LIMIT:
        return [Fault("/roster", f"must be a list of at most {ROSTER_LIMIT} agents")]
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for i, member in enumerate(roster):
        if not isinstance(member, Mapping):
            faults.append(Fault(pointer("roster", i), "must be a mapping with at least `id`"))
            continue
        faults += _strangers(member, ROSTER, ("roster", i)) + _value_faults(member, ROSTER, ("roster", i))
        name = member.get("id")
        if name is None:
            faults.append(Fault(pointer("roster", i), "`id` is missing"))
        elif isinstance(name, str):
            name = normal(name)
            if name in seen:
                faults.append(Fault(pointer("roster", i, "id"), f"the same agent stands at /roster/{seen[name]}"))
            seen.setdefault(name, i)
    return faults


def _ask_faults(ask: Any, known: Vocabulary) -> list[Fault]:
    wrong = _mapping(ask, ("ask",))
    if wrong is not None:
        return wrong
    faults = _strangers(ask, ASK_KEYS, ("ask",))
    for key, names in (("disclose", known.topics), ("do", known.actions)):
        listed = ask.get(key)
        if listed is None:
            continue
        if not isinstance(listed, list | tuple):
            faults.append(Fault(pointer("ask", key), "must be a list of names"))
            continue
        faults += [fault for i, name in enumerate(listed) for fault in _name_fault(name, names, ("ask", key, i))]
    if ask.get("to") is not None:
        faults += _name_fault(ask["to"], known.audiences, ("ask", "to"))
    return faults


def _name_fault(name: Any, known: Sequence[str], at: tuple[str | int, ...]) -> list[Fault]:
    if isinstance(name, str) and name in known:
        return []
    try:
        Closed(tuple(known)).read(name)
    except Misfit as misfit:
        message = misfit.message if known else "this rulebook knows no such names"
        return [Fault(pointer(*at), message, misfit.nearest)]
    return [Fault(pointer(*at), "must be written in composed Unicode (NFC)")]


def _plain_faults(request: Mapping[str, Any]) -> list[Fault]:
    faults = []
    explain = request.get("explain")
    if explain is not None and not isinstance(explain, bool):
        faults.append(Fault("/explain", "must be true or false"))
    language = request.get("language")
    if language is not None and not (isinstance(language, str) and is_language_tag(language)):
        faults.append(Fault("/language", "must be a language tag, such as `en` or `ru`"))
    return faults


def is_language_tag(text: str) -> bool:
    """Whether a text has the shape of a language tag (RFC 5646): letters first, then parts after hyphens."""
    parts = text.split("-")
    return (
        text.isascii()
        and 2 <= len(parts[0]) <= 8
        and parts[0].isalpha()
        and all(part.isalnum() and len(part) <= 8 for part in parts[1:])
        and len(text) <= 35
    )
