"""What the decisions of a rulebook can look like: the names of their parts, and the values that its rules can give."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, TypeAlias

from ..decision import CompiledRulebook
from ..facts import Closed
from ..rulebook import ALWAYS, Rulebook


@dataclass(frozen=True, slots=True)
class Named:
    """A mapping with known names."""

    parts: Mapping[str, "Shape"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of things of one shape."""

    of: "Shape"


@dataclass(frozen=True, slots=True)
class Known:
    """One of these values, or null."""

    values: tuple[Any, ...]


Shape: TypeAlias = Named | Listed | Known | None
"""None: anything."""

_EFFECT: Final = Known(("permit", "deny", "approval"))
_STRATEGIES: Final = Known(("round_robin", "least_busy", "keep_owner", "named"))
_TARGET: Final = (
    "within", "due", "warn_at", "state", "started_at", "met_at", "elapsed", "remaining", "overrun", "runs",
)  # fmt: skip
_PASSED_OVER: Final = Listed(Named({"agent": None, "why": None}))


def answers_of(books: Iterable[CompiledRulebook]) -> Shape:
    """What the decisions of any of these versions can look like; None when there is no version to tell."""
    shapes = [_decision(book) for book in books]
    return reduce(_either, shapes) if shapes else None


def _decision(book: CompiledRulebook) -> Shape:
    rulebook = book.rulebook
    return Named(
        {
            "admission": _part(rulebook, "admission", outcome=Known(("accept", "redirect", "reject")),
                               to=_given(rulebook, "admission", "to")),
            "classification": _part(rulebook, "classification", kind=_result(rulebook, "classification")),
            "priority": _part(rulebook, "priority", level=_result(rulebook, "priority")),
            "sla": _sla(rulebook),
            "assignment": _part(rulebook, "assignment", group=_result(rulebook, "assignment.group"), agent=None,
                                strategy=_STRATEGIES, passed_over=_PASSED_OVER),
            "escalation": _part(rulebook, "escalation", to=_result(rulebook, "escalation.to"), level=None,
                                request=None),
            "disclosures": _effects(rulebook, "disclosures", book.topics, {"say": None}),
            "permissions": _effects(rulebook, "permissions", book.actions, {}),
            "obligations": _obligations(rulebook),
        }
    )  # fmt: skip


def _part(rulebook: Rulebook, stage: str, **outputs: Shape) -> Named:
    return Named({**outputs, "by": _by(rulebook, stage)})


def _by(rulebook: Rulebook, stage: str) -> Known:
    rows = rulebook.stages[stage].rows if stage in rulebook.stages else ()
    return Known((*(row.id for row in rows), f"{stage}.none"))


def _result(rulebook: Rulebook, fact: str) -> Shape:
    kind = rulebook.facts.get(fact)
    return Known(kind.values) if isinstance(kind, Closed) else None


def _given(rulebook: Rulebook, stage: str, output: str) -> Shape:
    """What a stage's plain texts give; anything when one of them names a fact."""
    rows = rulebook.stages[stage].rows if stage in rulebook.stages else ()
    templates = [row.outcome.values[output] for row in rows if row.outcome.values.get(output) is not None]
    return None if any(template.facts for template in templates) else Known(tuple(t.parts[0] for t in templates))


def _sla(rulebook: Rulebook) -> Named:
    states = {fact: _result(rulebook, fact) for fact in rulebook.facts if fact.startswith("sla.")}
    clock = states.pop("sla.clock", None)
    states.pop("sla.calendar", None)
    targets = {
        fact.removeprefix("sla."): Named({**dict.fromkeys(_TARGET), "state": state}) for fact, state in states.items()
    }
    calendar = Known((*rulebook.calendars, ALWAYS))
    return _part(rulebook, "sla", calendar=calendar, clock=clock, next_due=None, targets=Named(targets))


def _effects(rulebook: Rulebook, stage: str, names: Sequence[str], more: Mapping[str, Shape]) -> Named:
    rows = rulebook.stages[stage].rows if stage in rulebook.stages else ()
    approvers = Known(tuple(row.outcome.approver for row in rows if row.outcome.approver))
    one = Named({"effect": _EFFECT, **more, "approver": approvers, "by": _by(rulebook, stage)})
    return Named(dict.fromkeys(names, one))


def _obligations(rulebook: Rulebook) -> Listed:
    stage = rulebook.stages.get("obligations")
    dos = dict.fromkeys(duty.do for row in (stage.rows if stage else ()) for duty in row.outcome)
    return Listed(Named({"do": Known(tuple(dos)), "with": None, "by": _by(rulebook, "obligations")}))


def _either(one: Shape, other: Shape) -> Shape:
    match one, other:
        case Named(), Named():
            both = {**one.parts, **other.parts}
            shared = one.parts.keys() & other.parts.keys()
            return Named({k: _either(one.parts[k], other.parts[k]) if k in shared else both[k] for k in both})
        case Listed(), Listed():
            return Listed(_either(one.of, other.of))
        case Known(), Known():
            return Known(tuple(dict.fromkeys((*one.values, *other.values))))
    return None
