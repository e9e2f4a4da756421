"""Approvers who do not exist: named by a rule, and known to nothing else in the rulebook."""

from collections.abc import Iterator

from ...diagnostics import Diagnostic, nearest
from ...facts import Closed
from ...rulebook import Rulebook, Template, values_of
from .study import Study

ROLES = ("agent.role", "agent.group", "requester.role", "ticket.group")
"""Facts whose values are people, or groups of them."""


def unknown_approvers(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule whose approver is no role or group that the rulebook knows."""
    known = _known(study.book.rulebook)
    for stage in ("disclosures", "permissions"):
        for row in study.rows(stage):
            approver = row.outcome.approver
            if approver is not None and approver not in known:
                near = nearest(approver, sorted(known))
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield study.warning(
                    "unknown-approver",
                    f"`{row.id}` asks `{approver}` for approval, and nothing else knows them{hint}",
                    row.path,
                    help="name a role that `agent.role` declares, or one to whom tickets are assigned or escalated",
                )


def _known(book: Rulebook) -> set[str]:
    """Roles and groups that are declared, asked for, or given something."""
    found = {value for fact in ROLES if isinstance(kind := book.facts[fact], Closed) for value in kind.values}
    for stage in book.stages.values():
        for row in stage.rows:
            for fact in ROLES:
                tests = row.when.get(fact, ())
                found |= {v for t in tests if isinstance(t.operand, frozenset) for v in t.operand}
    if assignment := book.stages.get("assignment"):
        for row in assignment.rows:
            found |= _texts(book, row.outcome.group)
            for test in (*row.outcome.among.get("role", ()), *row.outcome.among.get("group", ())):
                found |= set(test.operand) if isinstance(test.operand, frozenset) else set()
    if escalation := book.stages.get("escalation"):
        for row in escalation.rows:
            found |= _texts(book, row.outcome.values.get("to"))
    return found


def _texts(book: Rulebook, template: Template | None) -> set[str]:
    return set() if template is None else set(values_of(book.facts)(template))
