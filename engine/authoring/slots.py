"""What a place in a rulebook is meant for: a fact, a value of one, a test, a clause …

Knows the language of rulebooks; scenarios, clauses, mappings and invariants are the business of others.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ..diagnostics import Path, value_at
from ..facts import COMMON, FACT_GROUPS, FIXED, ROSTER, Closed, Instant, Truth
from ..rulebook import ASKS, DERIVED_KINDS, MEETS, STARTS, TYPE_WORDS
from ..stages import AMONG, ASSIGNMENT_OUTPUTS, OUTCOMES, STAGE_FORMS, STRATEGIES, USUAL_TARGETS
from .kinds import CalendarNames, ClauseIds, Facts, RuleIds, Slot, StageNames, Tests, Values, Words
from .readings import Desk

_NOTES: Final = ("because", "cites", "assumed")
_FACT_KEYS: Final = {
    *(kind.key for kind in DERIVED_KINDS if kind.key != "open"), "at", "until"
}  # fmt: skip


def rulebook_keys(path: Path, desk: Desk) -> Iterator[Slot]:
    """What a key of the mapping at a path may be, beside what the schema says."""
    match path:
        case ():
            yield StageNames()
        case ("facts",):
            own = tuple(f"{group}.fields." for group in FACT_GROUPS)
            yield Facts((*(name for name in COMMON if name not in FIXED), *own))
        case ("derive",):
            yield Facts(tuple(desk.rulebook.rulebook.derived if desk.rulebook.rulebook else ()))
        case ("calendars",):
            yield CalendarNames()
        case ("derive", str() as name, "in"):
            yield from _values(desk.said(("derive", name, "look_up")), desk)
        case (str() as stage, "rules", int(), "when"):
            yield Facts(tuple(desk.facts_before(stage)))
        case (str(), "rules", int(), "when", str() as fact):
            yield from _tests(fact, desk)
        case (str() as stage, "rules", int(), "then") | (str() as stage, "otherwise", "then"):
            yield from _outputs(stage, desk)
        case ("assignment", *_, "then", "among"):
            yield Words(AMONG, "what the roster says of an agent")
        case ("assignment", *_, "then", "among", str() as name) if name in ROSTER:
            yield Tests(name, ROSTER[name])
        case (str() as stage, "matrix"):
            yield from _values(desk.said((stage, "matrix", "down")), desk)
        case ("sla", "targets"):
            yield from _outputs("sla", desk)
        case ("disclosures", "covers"):
            yield Words(_names_of_effects("disclosures", desk), "a topic")
        case (str() as stage, "table", "rows"):
            yield RuleIds(stage, is_own=True)
        case (str() as stage, "table", "rows", int() | str(), int() as column):
            head, is_fact = _head(stage, column, desk)
            if head is None:
                yield Words(_NOTES, "a note on the row")
            elif is_fact:
                yield from _tests(head, desk)
        case (*_, "because" | "says" | "say" | "title"):
            yield Words(_languages(desk), "a language")


def rulebook_values(path: Path, desk: Desk) -> Iterator[Slot]:
    """What the value at a path may be, beside what the schema says."""
    match path:
        case (*_, "cites", int()):
            yield ClauseIds()
        case ("facts", str()):
            yield Words(TYPE_WORDS, "a type")
        case ("derive", str() as name, str() as key, *_):
            yield from _derivation(name, key, desk)
        case (str() as stage, "rules", int(), "rule") | (str() as stage, "otherwise", "rule"):
            yield RuleIds(stage, is_own=True)
        case ("suppress", int(), "code"):
            yield Words(desk.codes, "a finding")
        case ("suppress", int(), "rule"):
            yield RuleIds()
        case ("disclosures", "covers", str(), "facts", int()):
            yield Facts(tuple(desk.facts))
        case ("disclosures", "covers", str(), "rules", int()):
            yield RuleIds()
        case (str(), "rules", int(), "when", str() as fact, *rest):
            yield from _condition(fact, rest, desk)
        case (str() as stage, "rules", int(), "then", *rest) | (str() as stage, "otherwise", "then", *rest):
            yield from _result(stage, rest, desk)
        case (str() as stage, "table", "when", int()):
            yield Facts(tuple(desk.facts_before(stage)))
        case (str() as stage, "table", "then", int()):
            yield from _outputs(stage, desk)
        case (str() as stage, "table", "rows", int() | str(), int() as column, *rest):
            head, is_fact = _head(stage, column, desk)
            if head is not None:
                yield from _condition(head, rest, desk) if is_fact else _result(stage, [head, *rest], desk)
        case (str() as stage, "matrix", *rest):
            yield from _matrix(stage, rest, desk)
        case ("disclosures" | "permissions" as stage, "rules", int(), str() as key, *_):
            yield from _effects(stage, key, desk)
        case ("sla", "targets", str(), "starts" | "met" as key, *rest):
            yield from _moment(key, rest, desk)


def _tests(fact: str, desk: Desk) -> Iterator[Slot]:
    if fact in desk.facts:
        yield Tests(fact, desk.facts[fact])


def _values(fact: Any, desk: Desk, *, any: bool = False) -> Iterator[Slot]:
    if isinstance(fact, str) and fact in desk.facts:
        yield Values(fact, desk.facts[fact], any)


def _condition(fact: str, rest: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    """What a condition on a fact may hold, at a path within it."""
    match rest:
        case ["missing", *_]:
            yield Words(("true", "false"), "whether the fact is absent")
        case [] | [int()]:
            yield from _values(fact, desk, any=not rest)
        case [str(), *_]:
            yield from _values(fact, desk)


def _head(stage: str, column: int, desk: Desk) -> tuple[str | None, bool]:
    """What heads a column of a stage's table, and whether it is a fact; None behind the last."""
    when, then = (_names(desk.said((stage, "table", key))) for key in ("when", "then"))
    if column < len(when):
        return when[column], True
    column -= len(when)
    return (then[column], False) if column < len(then) else (None, False)


def _names(listed: Any) -> list[str]:
    return [str(name) for name in listed] if isinstance(listed, list) else []


def outputs_of(stage: str, desk: Desk) -> tuple[str, ...]:
    """The results that rules of a stage give."""
    if stage == "assignment":
        return ASSIGNMENT_OUTPUTS
    if stage == "sla":
        book = desk.rulebook.rulebook
        settings = book.stages["sla"].settings if book is not None and "sla" in book.stages else None
        return ("calendar", *dict.fromkeys((*(settings.targets if settings is not None else ()), *USUAL_TARGETS)))
    return next((tuple(form.empty) for form in STAGE_FORMS if form.name == stage and hasattr(form, "empty")), ())


def _outputs(stage: str, desk: Desk) -> Iterator[Slot]:
    if names := outputs_of(stage, desk):
        yield Words(names, f"a result of `{stage}`")


def _result(stage: str, rest: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    """What a result of a stage may be."""
    output = rest[0] if rest else None
    match stage, output:
        case "admission", "outcome":
            yield Words(OUTCOMES, "an outcome")
        case "classification", "kind":
            yield Words(_used(desk, ("classification", "kinds"), "classification"), "a kind")
        case "priority", "level":
            yield Words(_used(desk, ("priority", "levels"), "priority"), "a level of priority")
        case "sla", "calendar":
            yield CalendarNames()
        case "sla", str():
            yield Words(("none",), "no target")
        case "assignment", "keep":
            yield Words(("owner", "group"), "what a ticket keeps")
        case "assignment", "choose":
            yield Words(STRATEGIES, "how one of several is chosen")
        case "assignment", "group":
            yield Words(_used(desk, (), "assignment.group"), "a group")
        case "assignment", "never":
            yield Facts(tuple(desk.facts_before(stage)))
        case "assignment", "among" if len(rest) > 1 and rest[1] in ROSTER:
            yield Values(str(rest[1]), ROSTER[str(rest[1])], any=True)
        case "escalation", "to":
            yield Words(_used(desk, (), "escalation.to"), "where it moves to")
        case "obligations", _ if "do" in rest:
            yield Words(_duties(desk), "an obligation")


def _used(desk: Desk, listed: Path, fact: str) -> tuple[str, ...]:
    """The words of a list or, without it, those that the rules give."""
    words = _names(desk.said(listed)) if listed else []
    kind = desk.facts.get(fact)
    return tuple(words) if words else kind.values if isinstance(kind, Closed) else ()


def _duties(desk: Desk) -> tuple[str, ...]:
    book = desk.rulebook.rulebook
    stage = book.stages.get("obligations") if book is not None else None
    return tuple(dict.fromkeys(duty.do for row in (stage.rows if stage else ()) for duty in row.outcome or ()))


def _derivation(name: str, key: str, desk: Desk) -> Iterator[Slot]:
    if key in ("open", "calendar"):
        yield CalendarNames()
    elif key in _FACT_KEYS:
        wanted = ASKS.get(key, (Instant,) if key in ("at", "until") else ())
        kinds = desk.facts.items()
        yield Facts(tuple(n for n, kind in kinds if n != name and (not wanted or isinstance(kind, wanted))))


def _matrix(stage: str, rest: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    main = next((form.main for form in STAGE_FORMS if form.name == stage), None)
    match rest:
        case ["down" | "across"]:
            yield Facts(tuple(n for n in desk.facts_before(stage) if isinstance(desk.facts[n], Closed | Truth)))
        case ["levels", int()]:
            yield from _values(desk.said((stage, "matrix", "across")), desk)
        case ["gives"]:
            yield from _outputs(stage, desk)
        case [str() as line, int()] if line not in _NOTES:
            yield from _result(stage, [str(desk.said((stage, "matrix", "gives")) or main)], desk)


def _effects(stage: str, key: str, desk: Desk) -> Iterator[Slot]:
    if key in ("permit", "deny", "approval"):
        section = "topics" if stage == "disclosures" else "actions"
        yield Words(_names_of_effects(stage, desk), f"one of the {section}")
    elif key == "to" and stage == "disclosures":
        relation = desk.facts.get("requester.relation")
        more = _names(desk.said((stage, "audiences")))
        yield Words((*getattr(relation, "values", ()), *more), "an audience")
    elif key == "from":
        yield from _values("agent.role", desk)


def _names_of_effects(stage: str, desk: Desk) -> tuple[str, ...]:
    """The topics or actions that are listed or, without a list, those that rules name."""
    section = "topics" if stage == "disclosures" else "actions"
    return tuple(_names(desk.said((stage, section)))) or _mentioned(stage, desk)


def _mentioned(stage: str, desk: Desk) -> tuple[str, ...]:
    rules = desk.said((stage, "rules"))
    listed = (value_at(rule, (effect,)) for rule in rules or () for effect in ("permit", "deny", "approval"))
    return tuple(dict.fromkeys(name for names in listed for name in _names(names)))


def _moment(key: str, rest: Sequence[str | int], desk: Desk) -> Iterator[Slot]:
    if "states" in rest:
        yield Words(tuple(_names(desk.said(("states",)))), "a state of a ticket")
    else:
        yield Facts(tuple(name for name, kind in desk.facts.items() if isinstance(kind, Instant)))
        yield Words(STARTS if key == "starts" else MEETS, "a message")


def _languages(desk: Desk) -> tuple[str, ...]:
    book = desk.rulebook.rulebook
    return tuple(dict.fromkeys((book.language, *book.title, "en", "ru"))) if book is not None else ("en", "ru")
