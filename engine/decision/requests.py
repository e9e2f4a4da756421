"""Requests read with care: every fault with its JSON Pointer, or the cells of all facts.

The fast path of `pipeline` comes here only when something did not fit at first sight.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Protocol

from ..diagnostics import nearest
from ..facts import FACT_GROUPS, ROSTER, Closed, FactType, Instant, Misfit, Text, normal
from ..rulebook import CellMap
from .encoding import COURSE_LIMIT, SENDERS
from .refusal import Fault, pointer

KEYS = frozenset(("rulebook", "version", "at", "ticket", "requester", "agent", "roster", "ask", "explain", "language"))
ASK_KEYS = ("disclose", "to", "do")
WAIT_KEYS = ("from", "until")
COURSE = ("waits", "messages", "states")
"""The lists of a ticket that tell its course."""
ROSTER_LIMIT = 10_000
FAULTS_TOLD = 100
"""Faults of one request that are told; who sends more of them has enough to mend."""
NAME_TOLD = 100
"""Characters of an unknown name that are told."""
NEAR = "near"
"""The word by which `explain` asks for the rules that came near too."""
EXPLAIN_KEYS = (NEAR, "to")
REQUESTER = "requester"
"""The audience that the requester belongs to, whichever that is."""
_INSTANT = Instant()
_MESSAGE: Mapping[str, FactType] = {"at": _INSTANT, "from": Closed(SENDERS), "channel": Text()}
_STATE: Mapping[str, FactType] = {"at": _INSTANT, "state": Text()}


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

    @property
    def states(self) -> Sequence[str] | None:
        """The states in which a ticket can be; None: any."""
        ...


def faults_of(request: Mapping[str, Any], known: Vocabulary) -> list[Fault]:
    """The faults of a request against a rulebook's vocabulary, FAULTS_TOLD of them at most.

    `rulebook`, `version` and `at` are checked before.
    """
    groups = (fault for group in FACT_GROUPS for fault in _group_faults(request.get(group), group, known))
    asked = _ask_faults(request.get("ask"), known)
    faults = chain(
        _strangers(request, KEYS, ()),
        groups,
        _roster_faults(request.get("roster")),
        asked,
        _explain_faults(request.get("explain"), known.audiences),
        _plain_faults(request),
    )
    return list(islice(faults, FAULTS_TOLD))


def faults_of_any(request: Mapping[str, Any]) -> list[Fault]:
    """The faults of a request that names no rulebook: those that do not depend on one."""
    explained = _explain_faults(request.get("explain"), None)
    faults = chain(
        _strangers(request, KEYS, ()), _roster_faults(request.get("roster")), explained, _plain_faults(request)
    )
    return list(islice(faults, FAULTS_TOLD))


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


def _strangers(part: Mapping[str, Any], known: Collection[str], at: tuple[str | int, ...]) -> Iterator[Fault]:
    return (_stranger(key, sorted(known), at) for key in part if key not in known)


def _stranger(key: Any, known: Sequence[str], at: tuple[str | int, ...]) -> Fault:
    name = key if isinstance(key, str) else str(key)
    safe = name.encode("utf-8", "replace").decode()
    short = safe if len(safe) <= NAME_TOLD else safe[:NAME_TOLD] + "…"
    close = nearest(short, known)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return Fault(pointer(*at, short), f"unknown name `{short}`{hint}", close[0] if close else None)


def _mapping(part: Any, at: tuple[str | int, ...]) -> list[Fault] | None:
    """None for a mapping; otherwise what is wrong (nothing, where the part is absent)."""
    if part is None:
        return []
    return None if isinstance(part, Mapping) else [Fault(pointer(*at), "must be a mapping")]


def _group_faults(part: Any, group: str, known: Vocabulary) -> Iterator[Fault]:
    wrong = _mapping(part, (group,))
    if wrong is not None:
        yield from wrong
        return
    own = (*known.types[group], "fields", *(COURSE if group == "ticket" else ()))
    yield from _strangers(part, own, (group,))
    yield from _value_faults(part, known.types[group], (group,))
    fields = part.get("fields")
    wrong = _mapping(fields, (group, "fields"))
    if wrong is None:
        inner = known.types[f"{group}.fields"]
        yield from _strangers(fields, inner, (group, "fields"))
        yield from _value_faults(fields, inner, (group, "fields"))
    else:
        yield from wrong
    if group == "ticket":
        yield from _wait_faults(part.get("waits"))
        yield from _course_faults(part.get("messages"), "messages", _MESSAGE)
        kinds = _STATE if known.states is None else {**_STATE, "state": Closed(tuple(known.states))}
        yield from _course_faults(part.get("states"), "states", kinds)


def _value_faults(part: Mapping[str, Any], types: Mapping[str, FactType], at: tuple[str | int, ...]) -> Iterator[Fault]:
    for name, value in part.items():
        kind = types.get(name)
        if kind is not None and value is not None:
            yield from _value_fault(value, kind, (*at, name))


def _value_fault(value: Any, kind: FactType, at: tuple[str | int, ...]) -> list[Fault]:
    try:
        kind.read(value)
    except Misfit as misfit:
        return [Fault(pointer(*at), misfit.message, misfit.nearest)]
    return []


def _wait_faults(waits: Any) -> list[Fault]:
    if waits is None:
        return []
    if not isinstance(waits, list | tuple) or len(waits) > COURSE_LIMIT:
        return [Fault("/ticket/waits", f"must be a list of at most {COURSE_LIMIT} waits")]
    faults: list[Fault] = []
    for i, wait in enumerate(waits):
        at = ("ticket", "waits", i)
        if not isinstance(wait, Mapping):
            faults.append(Fault(pointer(*at), "must be a mapping with `from` and, once it is over, `until`"))
            continue
        here = list(_strangers(wait, WAIT_KEYS, at))
        if "from" not in wait:
            here.append(Fault(pointer(*at), "`from` is missing"))
        for key in WAIT_KEYS:
            if key in wait and not (key == "until" and wait[key] is None):
                here += _value_fault(wait[key], _INSTANT, (*at, key))
        if not here and wait.get("until") is not None and _INSTANT.read(wait["until"]) < _INSTANT.read(wait["from"]):
            here.append(Fault(pointer(*at), "this wait ends before it begins"))
        faults += here
    return faults


def _course_faults(entries: Any, name: str, kinds: Mapping[str, FactType]) -> Iterator[Fault]:
    """What is wrong with a list of messages or states; of their keys only the channel may be left out."""
    if entries is None:
        return
    if not isinstance(entries, list | tuple) or len(entries) > COURSE_LIMIT:
        yield Fault(f"/ticket/{name}", f"must be a list of at most {COURSE_LIMIT} {name}")
        return
    for i, entry in enumerate(entries):
        at = ("ticket", name, i)
        if not isinstance(entry, Mapping):
            yield Fault(pointer(*at), f"must be a mapping with {' and '.join(f'`{key}`' for key in list(kinds)[:2])}")
            continue
        yield from _strangers(entry, tuple(kinds), at)
        for key, kind in kinds.items():
            if key in entry and not (key == "channel" and entry[key] is None):
                empty = [Fault(pointer(*at, key), "must not be empty")] if key == "state" and entry[key] == "" else []
                yield from empty or _value_fault(entry[key], kind, (*at, key))
            elif key not in entry and key != "channel":
                yield Fault(pointer(*at), f"`{key}` is missing")


def _roster_faults(roster: Any) -> Iterator[Fault]:
    if roster is None:
        return
    if not isinstance(roster, list | tuple) or len(roster) > ROSTER_LIMIT:
        yield Fault("/roster", f"must be a list of at most {ROSTER_LIMIT} agents")
        return
    seen: dict[str, int] = {}
    for i, member in enumerate(roster):
        if not isinstance(member, Mapping):
            yield Fault(pointer("roster", i), "must be a mapping with at least `id`")
            continue
        yield from _strangers(member, ROSTER, ("roster", i))
        yield from _value_faults(member, ROSTER, ("roster", i))
        name = member.get("id")
        if name is None:
            yield Fault(pointer("roster", i), "`id` is missing")
        elif isinstance(name, str):
            name = normal(name)
            if name in seen:
                yield Fault(pointer("roster", i, "id"), f"the same agent stands at /roster/{seen[name]}")
            seen.setdefault(name, i)


def _ask_faults(ask: Any, known: Vocabulary) -> Iterator[Fault]:
    wrong = _mapping(ask, ("ask",))
    if wrong is not None:
        yield from wrong
        return
    yield from _strangers(ask, ASK_KEYS, ("ask",))
    for key, names in (("disclose", known.topics), ("do", known.actions)):
        listed = ask.get(key)
        if isinstance(listed, list | tuple):
            for i, name in enumerate(listed):
                yield from _name_fault(name, names, ("ask", key, i))
        elif listed is not None:
            yield Fault(pointer("ask", key), "must be a list of names")
    if ask.get("to") is not None:
        yield from _name_fault(ask["to"], known.audiences, ("ask", "to"))


def _explain_faults(explain: Any, audiences: Sequence[str] | None) -> Iterator[Fault]:
    """What is wrong with `explain`; `audiences` None: not known, as the rulebook is not."""
    if explain is None or isinstance(explain, bool) or explain == NEAR:
        return
    if not isinstance(explain, Mapping):
        yield Fault("/explain", f"must be true, false, `{NEAR}`, or a mapping with `near` and `to`")
        return
    yield from _strangers(explain, EXPLAIN_KEYS, ("explain",))
    if not isinstance(explain.get(NEAR), bool | None):
        yield Fault(pointer("explain", NEAR), "must be true or false")
    to = explain.get("to")
    if to is not None and to != REQUESTER and audiences is not None:
        yield from _name_fault(to, (*audiences, REQUESTER), ("explain", "to"))


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
