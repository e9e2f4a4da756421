"""What differs between two decisions on the same request, stage by stage, each difference with the rules behind it.

A stage counts as changed when its result does; that another rule gave the same result does not count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

Decision: TypeAlias = Mapping[str, Any]

COMPARES: Final[Mapping[str, str]] = {
    "admission": "outcome and where to",
    "classification": "kind",
    "priority": "level",
    "sla": "targets and their due times",
    "assignment": "group",
    "escalation": "where to and level",
    "disclosures": "effects",
    "permissions": "effects",
    "obligations": "what must be done",
}
"""Each stage, and what of it is compared."""

UNDECIDED: Final = "not decided"
NOTHING: Final = "nothing"


class Flip(NamedTuple):
    """One difference: the stage, from what to what in words, and the rules that settled it on either side.

    ``name`` is the topic, action or target that it is about, with the two effects where there are any.
    """

    stage: str
    before: str
    after: str
    rule_before: str | None
    rule_after: str | None
    name: str = ""
    effects: tuple[str, str] | None = None


Compared: TypeAlias = dict[tuple[int, int], tuple[Any, Any, list[Flip]]]
"""Pairs of parts that were compared, by the identity of both, with what differs; the parts are held with it."""
_COMPARED: Final = 10_000


def differences(before: Decision, after: Decision, *, compared: Compared | None = None) -> list[Flip]:
    """All that differs, in the order of the stages.

    With a memory, the parts that decisions share are ``compared`` once; those of `sla` are seldom shared.
    """
    found: list[Flip] = []
    for stage in COMPARES:
        old, new = before[stage], after[stage]
        if old is new:
            continue
        if compared is None or stage == "sla":
            found += compare(stage, old, new)
            continue
        pair = id(old), id(new)
        known = compared.get(pair)
        if known is None:
            if len(compared) >= _COMPARED:
                compared.clear()
            known = compared[pair] = old, new, compare(stage, old, new)
        found += known[2]
    return found


def compare(stage: str, before: Any, after: Any) -> list[Flip]:
    """What differs between two parts of a stage."""
    return [] if before == after else [*_IN[stage](stage, before, after)]


def _single(stage: str, before: Any, after: Any) -> Iterator[Flip]:
    old, new = _said(stage, before), _said(stage, after)
    if old != new:
        yield Flip(stage, old, new, _by(before), _by(after))


def _said(stage: str, part: Any) -> str:
    if part is None:
        return UNDECIDED
    if stage == "admission":
        return str(part["outcome"]) if part["to"] is None else f"{part['outcome']} to {part['to']}"
    if stage == "escalation":
        return f"{part['to'] or NOTHING}, level {part['level']}" if part["to"] or part["level"] else NOTHING
    key = {"classification": "kind", "priority": "level", "assignment": "group"}[stage]
    return NOTHING if part[key] is None else str(part[key])


def _targets(stage: str, before: Any, after: Any) -> Iterator[Flip]:
    olds, news = (part["targets"] if part else {} for part in (before, after))
    for name in dict.fromkeys((*olds, *news)):
        old, new = olds.get(name), news.get(name)
        if (old and old["due"]) != (new and new["due"]):
            yield Flip(stage, _promise(name, before), _promise(name, after), _by(before), _by(after), name)


def _promise(name: str, part: Any) -> str:
    if part is None or name not in part["targets"]:
        return f"{name}: {NOTHING if part else UNDECIDED}"
    within = part["targets"][name]["within"]
    return f"{name}: {within or 'due otherwise'} on {part['calendar']}" if part["calendar"] else f"{name}: {within}"


def _effects(stage: str, before: Any, after: Any) -> Iterator[Flip]:
    olds, news = before or {}, after or {}
    for name in dict.fromkeys((*olds, *news)):
        old, new = _effect(olds.get(name)), _effect(news.get(name))
        if old != new:
            rules = _by(olds.get(name)), _by(news.get(name))
            yield Flip(stage, f"{name}: {old}", f"{name}: {new}", *rules, name, (old, new))


def _effect(said: Any) -> str:
    if said is None:
        return "not known"
    approver = said.get("approver")
    return f"{said['effect']} by {approver}" if approver else str(said["effect"])


def _obligations(stage: str, before: Any, after: Any) -> Iterator[Flip]:
    olds, news = ({_key(said): said for said in part or ()} for part in (before, after))
    gone = [said for key, said in olds.items() if key not in news]
    come = [said for key, said in news.items() if key not in olds]
    reworded = Counter(said["do"] for said in gone) & Counter(said["do"] for said in come)
    for do in reworded:
        old, new = (next(said for said in part if said["do"] == do) for part in (gone, come))
        yield Flip(stage, do, f"{do}, with other values", _by(old), _by(new), do)
    for said in gone:
        if said["do"] not in reworded:
            yield Flip(stage, said["do"], NOTHING, _by(said), None, said["do"])
    for said in come:
        if said["do"] not in reworded:
            yield Flip(stage, NOTHING, said["do"], None, _by(said), said["do"])


def _key(said: Mapping[str, Any]) -> str:
    return repr((said["do"], sorted((said.get("with") or {}).items(), key=repr)))


def _by(part: Any) -> str | None:
    return part.get("by") if part else None


_IN: Final = {
    "admission": _single,
    "classification": _single,
    "priority": _single,
    "sla": _targets,
    "assignment": _single,
    "escalation": _single,
    "disclosures": _effects,
    "permissions": _effects,
    "obligations": _obligations,
}
