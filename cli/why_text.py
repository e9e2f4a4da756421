"""An explained decision as lines for people: short, the parts in their order, reasons in the request's language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from engine import Replaced, Why, WhyNot

_EFFECTS: Final = ("disclosures", "permissions")
_STATED: Final = 60
"""Characters of a value that are shown."""
_WERE: Final = {
    "is": "were", "contains": "contained", "does": "did", "starts": "started", "ends": "ended", "has": "had",
    "lacks": "lacked", "matches": "matched",
}  # fmt: skip


def lines_of(why: Why) -> Iterator[str]:
    """The whole explanation; where something else was wanted, only the parts that it is about."""
    said = why.answer["rulebook"]
    yield f"{said['id']} {said['version']}, decided for {why.answer['at']}"
    near = {stage["stage"]: stage for stage in why.answer["near"]}
    parts = why.stages if why.why_not is None else why.why_not.parts
    for stage, whole in why.answer["decision"].items():
        names = [name.partition(".")[2] for name in parts if name.partition(".")[0] == stage]
        if names:
            part = {name: whole[name] for name in names if name in whole} if stage in _EFFECTS and any(names) else whole
            rules = {said["by"] for said in part.values()} if stage in _EFFECTS else None
            lines = [line for line in why.answer["trace"] if line["stage"] == stage]
            told = [line for line in lines if rules is None or line["rule"] in rules]
            yield from _part(stage, part, told, near.get(stage) if why.why_not is None else None, why.places)
    if why.why_not is not None:
        yield from _why_not(why.why_not, why.places)


def _part(
    stage: str,
    part: Any,
    trace: Sequence[Mapping[str, Any]],
    near: Mapping[str, Any] | None,
    places: Mapping[str, str],
) -> Iterator[str]:
    yield ""
    yield f"{stage}: {_summary(stage, part)}"
    for line in trace:
        place = f"  {places[line['rule']]}" if line["rule"] in places else ""
        notes = ", ".join([*line["cites"], *(["assumed"] if line["assumed"] else [])])
        yield f"  by {line['rule']}{f' ({notes})' if notes else ''}{place}"
        yield f"     {line['because']}"
    for rule in near["rules"] if near else ():
        yield f"  near {rule['rule']}: {rule['fact']} {rule['asked']}; {_found(rule['found'])}"
    if near and near["more"]:
        yield f"  near {near['more']:,} more"


def _summary(stage: str, part: Any) -> Any:
    if part is None:
        return "not decided, as the ticket is not accepted"
    match stage:
        case "admission":
            return part["outcome"] + (f" to {part['to']}" if part["to"] else "")
        case "classification" | "priority":
            return part["kind" if stage == "classification" else "level"] or "none"
        case "sla":
            told = [
                f"{n} within {t['within']}" + (f", due {t['due']}" if t["due"] else "")
                for n, t in part["targets"].items()
            ]
            return "; ".join(told) or "no targets"
        case "assignment":
            return ", ".join(filter(None, (part["group"], part["agent"]))) or "nobody"
        case "escalation":
            return f"to {part['to']}, level {part['level']}" if part["to"] else f"level {part['level']}"
        case "obligations":
            return ", ".join(dict.fromkeys(duty["do"] for duty in part)) or "none"
    effects: dict[str, list[str]] = {}
    for name, said in part.items():
        effects.setdefault(said["effect"], []).append(name)
    return "; ".join(f"{effect} {', '.join(names)}" for effect, names in effects.items()) or "none"


def _target(name: str, target: Mapping[str, Any]) -> str:
    due = f", due {target['due']}" if target["due"] else ""
    return f"{name} within {target['within']}{due}"


def _why_not(asked: WhyNot, places: Mapping[str, str]) -> Iterator[str]:
    changes = asked.changes
    yield ""
    if changes.said == "so":
        yield f"{' and '.join(asked.wanted)}: it is so already"
        return
    since = ", since" if asked.givers else ": no rule gives it" if changes.said == "impossible" else ""
    yield f"not {' and '.join(asked.wanted)}{since}"
    for giver in asked.givers:
        place = f"  {places[giver.rule]}" if giver.rule in places else ""
        if giver.failing:
            failing = "; ".join(f"{one.fact} {one.asked} ({_found(one.found)})" for one in giver.failing)
            yield f"  {giver.rule} {'gives' if giver.is_sure else 'may give'} it where {failing}{place}"
        else:
            but = f"{giver.behind} goes before it" if giver.behind else "the ticket is not accepted"
            yield f"  {giver.rule} would apply, but {but}{place}"
    if asked.more:
        yield f"  {asked.more:,} more rules would give it"
    yield from _changes(asked)


def _changes(asked: WhyNot) -> Iterator[str]:
    changes = asked.changes
    match changes.said:
        case "impossible":
            yield "no request at all is decided so: that is proved"
        case "too_many":
            yield "no change of up to three facts gives it; it takes more"
        case "unknown":
            yield f"undecided: {changes.why}"
    if not changes.found:
        return
    yield "it would be so if"
    for number, change in enumerate(changes.found):
        yield f"  {'or ' if number else '   '}{', and '.join(_replaced(fact) for fact in change.facts)}"
    if not changes.are_smallest:
        yield "whether fewer facts would do stayed undecided"


def _replaced(fact: Replaced) -> str:
    now = f" instead of {_value(fact.value)}" if fact.value is not None else " (it is not stated)"
    follows = [like for like in fact.like if like.startswith("`")]
    if follows or not fact.like:
        then = f", so that {' and '.join(follows)}" if follows else ""
        what = "it were decided at" if fact.fact == "at" else f"`{fact.fact}` were"
        instead = "not stated" if fact.instead is None else _value(fact.instead)
        return f"{what} {instead}{now}{then}"
    return f"`{fact.fact}` {' and '.join(map(_were, fact.like))}{now}"


def _were(phrase: str) -> str:
    """What is so, as what were so; what stands in backticks stays."""
    pieces = phrase.split("`")
    for i in range(0, len(pieces), 2):
        pieces[i] = " ".join(_WERE.get(word, word) for word in pieces[i].split(" "))
    return "`".join(pieces)


def _found(text: str | None) -> str:
    return "not stated" if text is None else f"found {_cut(text)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"`{_cut(', '.join(value) if isinstance(value, list) else str(value))}`"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _STATED else line[:_STATED] + "…"
