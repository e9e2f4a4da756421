"""Assignments that no roster could satisfy: whoever is on it, nobody can be chosen, or keep the ticket, as asked."""

from collections.abc import Iterator, Mapping
from typing import Any

from ...diagnostics import Diagnostic
from ...facts import ROSTER, SetOf
from ...rulebook import Row, Template, values_of
from ...tables import Condition, Test, can_hold, holds
from ..space import Unknown, Witness, observe
from ..values import Undecided, set_for
from .study import Study, pasted


def unfillable_assignments(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule of assignment that asks for someone who cannot be."""
    for i, row in enumerate(study.rows("assignment")):
        try:
            why = _why_nobody(study, row)
        except Undecided as undecided:
            yield study.undecided(f"`{row.id}` can be satisfied", Unknown(str(undecided)), row.path)
            continue
        if why is not None:
            yield study.warning(
                "unfillable-assignment",
                f"`{row.id}` finds nobody on any roster: {why}",
                row.path,
                help="correct what it asks of the members of the roster",
                witness=_shown(study, i),
            )


def _why_nobody(study: Study, row: Row) -> str | None:
    order = row.outcome
    if order.keep == "owner" and "ticket.owner" in order.never:
        return "it keeps the owner, and `never` passes the owner over"
    if isinstance(order.agent, Template) and order.agent.lone_fact in order.never:
        return f"it names `{order.agent.lone_fact}`, whom `never` passes over"
    if order.choose is None:
        return None
    for key, condition in order.among.items():
        if not can_hold(condition, ROSTER[key]) or (condition == (Test("missing", True),) and key == "id"):
            return f"nothing that `{key}` can be passes what `among` asks of it"
    groups: Condition = order.among.get("group", ())
    if order.group is not None and groups:
        names = values_of(study.book.rulebook.facts)(order.group)
        if not any(_passes(name, groups) for name in names) and not _may_lack(groups):
            return "the group that it assigns to is none of those that `among` asks for"
    return _why_unskilled(order.among.get("skills", ()), order.skills)


def _passes(value: str, condition: Condition) -> bool:
    return all(holds(test, value) for test in condition)


def _may_lack(condition: Condition) -> bool:
    """Whether someone of whom it is not stated passes."""
    return not condition or condition == (Test("missing", True),)


def _why_unskilled(condition: Condition, skills: frozenset[str]) -> str | None:
    if _may_lack(condition):
        return "it asks for skills, and that none are stated" if condition and skills else None
    must = [test for test in condition if test.op != "missing"]
    if skills:
        must.append(Test("has_all", skills))
    if set_for(SetOf(), must, []) is None:
        return "the skills that it asks for are among those that nobody may have"
    return None


def _shown(study: Study, i: int) -> str | None:
    """A request with a roster of one who could do the work, and whom the rule passes over all the same."""
    found = study.reached("assignment", i)
    if not isinstance(found, Witness):
        return None
    order = study.rows("assignment")[i].outcome
    member: Mapping[str, Any] = {"id": "ana", "online": True, "in_distribution": True, "skills": sorted(order.skills)}
    request = {**found.request, "roster": [{k: v for k, v in member.items() if v != []}]}
    return pasted(f"{study.rows('assignment')[i].id} finds nobody", observe(study.book, request), "assignment")
