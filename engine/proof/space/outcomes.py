"""What rules make known to later stages, as far as it follows from the rule and from listed facts.

Knows what each stage's outcome looks like, and nothing of the solver.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from ...facts import Closed, FactType
from ...rulebook import Row, Stage, Template


class _Loose:
    """A result that follows from more than the rule: from the roster, or from the time that has passed."""

    def __repr__(self) -> str:
        return "LOOSE"


LOOSE: Final = _Loose()
"""Any value or none."""
STATED: Final = _Loose()
"""Any value, but one."""


@dataclass(frozen=True, slots=True)
class Among:
    """One of these values, but no other."""

    values: tuple[str, ...]


_UNPROMISED = Among(("running", "paused", "stopped"))
"""How a ticket's clock may stand that is promised nothing."""
_PLAIN: Mapping[str, Mapping[str, tuple[str, Any]]] = {
    "admission": {"admission": ("outcome", "accept")},
    "classification": {"classification": ("kind", None)},
    "priority": {"priority": ("level", None)},
    "escalation": {"escalation.to": ("to", None), "escalation.level": ("level", 0)},
}
"""By stage, its results: the output that gives each, and what it is where no rule gives it."""


def results_of(name: str, stage: Stage | None, row: Row | None) -> dict[str, Any]:
    """A stage's results where a row settles it, or (None) none does: templates, values, Among, LOOSE, STATED."""
    if name in _PLAIN:
        given = row.outcome.values if row else {}
        return {fact: given.get(output, usual) for fact, (output, usual) in _PLAIN[name].items()}
    if name == "assignment":
        return _assigned(row)
    if name == "sla":
        return _promised(stage, row)
    return {}


def _assigned(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"assignment.group": None, "assignment.agent": None}
    order = row.outcome
    group: Any = order.group
    if order.keep == "group" or (order.group is None and (order.keep or order.agent)):
        group = LOOSE
    return {"assignment.group": group, "assignment.agent": LOOSE if order.keep or order.agent or order.choose else None}


def follows(name: str, row: Row | None) -> list[tuple[tuple[str, ...], str]]:
    """Loose results that are sure to be known where facts of the request are: pairs of these facts and the result."""
    if name != "assignment" or row is None:
        return []
    if row.outcome.keep == "group":
        return [(("ticket.group",), "assignment.group")]
    if row.outcome.keep == "owner" and not row.outcome.never:
        return [(("ticket.owner",), "assignment.agent"), (("ticket.owner", "ticket.group"), "assignment.group")]
    return []


def _promised(stage: Stage | None, row: Row | None) -> dict[str, Any]:
    if stage is None:
        return {}
    found: dict[str, Any] = {f"sla.{name}": None for name in stage.settings.targets}
    found |= {"sla.calendar": None, "sla.clock": _UNPROMISED}
    if row is not None:
        if row.outcome.targets:
            found["sla.clock"] = STATED
        found["sla.calendar"] = row.outcome.calendar
        found |= {f"sla.{name}": STATED for name, _ in row.outcome.targets}
    return found


def named_facts(stage: Stage) -> set[str]:
    """The facts that decide, by their values, what a stage's rules make known."""
    return {
        fact
        for row in stage.rows
        for value in results_of(stage.name, stage, row).values()
        if isinstance(value, Template)
        for fact in value.facts
    }


def texts_of(template: Template, facts: Mapping[str, FactType]) -> list[tuple[dict[str, str], str]]:
    """The texts that a template can give, each with the values of the facts that it names."""
    names = tuple(dict.fromkeys(template.facts))
    lists = []
    for name in names:
        kind = facts[name]
        assert isinstance(kind, Closed)
        lists.append(kind.values)
    found = []
    for values in product(*lists):
        given = dict(zip(names, values, strict=True))
        found.append((given, "".join(given[p] if i % 2 else p for i, p in enumerate(template.parts))))
    return found
