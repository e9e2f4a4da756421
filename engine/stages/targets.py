"""An SLA target measured: when it falls due, when it warns, and how it stands at an instant.

A target is a promise of a calendar's time. It starts at an instant, is met at another, and the time in which the
ticket waited for its requester does not count: `due` lies that much later, an open wait counting up to the decision.
"""

from dataclasses import dataclass
from typing import Literal

from ..calendars import Calendar
from .case import Case

State = Literal["running", "paused", "warned", "met", "breached"]
STATES: tuple[State, ...] = ("running", "paused", "warned", "met", "breached")
PERCENT = 100


@dataclass(frozen=True, slots=True)
class TargetRule:
    """How a target is measured: a setting of the stage."""

    starts: tuple[str, ...]
    """Instants from which it may start; the first that has happened counts."""
    met: str | None
    """The instant at which it is met; None: only the end of the ticket's clock meets it."""
    warn_share: int | None
    """It warns after this share of its time, in percent …"""
    warn_after: int | None
    """… or after this much of it, in microseconds."""
    pauses: bool
    """Whether waits pause it."""

    def warning(self, within: int) -> int:
        """The time after which it warns, for a target of this length."""
        return self.warn_after if self.warn_after is not None else within * (self.warn_share or 0) // PERCENT


DEFAULTS = {
    "acknowledge": TargetRule(("ticket.created_at",), "ticket.first_response_at", 75, None, True),
    "first_response": TargetRule(("ticket.created_at",), "ticket.first_response_at", 75, None, True),
    "resolution": TargetRule(("ticket.created_at",), "ticket.resolved_at", 75, None, True),
    "next_update": TargetRule(("ticket.last_update_at", "ticket.created_at"), None, 75, None, True),
}
"""How the contract's own targets are measured when a rulebook does not say."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A target as it stands: instants in microseconds, None where there is nothing to count from."""

    due: int | None
    warn_at: int | None
    state: State
    is_open: bool
    """Whether it still runs: neither met nor stopped."""


def measure(rule: TargetRule, within: int, calendar: Calendar, case: Case, stopped_at: int | None) -> Measure:
    """The target at the decision's instant; `stopped_at` is when the ticket's clock stopped, if it did."""
    start = _start(rule, case)
    met_at = case.happened(rule.met) if rule.met else None
    end = met_at if met_at is not None else stopped_at
    if start is None:
        state: State = "met" if end is not None else "paused" if case.is_waiting and rule.pauses else "running"
        return Measure(None, None, state, end is None)
    until = case.at if end is None else end
    waited = case.waited(start, until, calendar) if rule.pauses and until > start else 0
    due = calendar.due(start, within + waited, case.conventions)
    warn_at = calendar.due(start, rule.warning(within) + waited, case.conventions)
    if end is not None:
        return Measure(due, warn_at, "breached" if due is not None and end > due else "met", False)
    return Measure(due, warn_at, _running_state(rule, due, warn_at, case), True)


def _running_state(rule: TargetRule, due: int | None, warn_at: int | None, case: Case) -> State:
    if due is not None and case.at > due:
        return "breached"
    if rule.pauses and case.is_waiting:
        return "paused"
    return "warned" if warn_at is not None and case.at >= warn_at else "running"


def _start(rule: TargetRule, case: Case) -> int | None:
    """The first of the target's starts that has happened, or the last that is stated at all.

    With `on_priority_change: from_change` no start lies before the change.
    """
    start = None
    for fact in rule.starts:
        start = case.happened(fact)
        if start is not None:
            break
    if start is None:
        start = case.value(rule.starts[-1])
    if start is not None and case.clock.on_priority_change == "from_change":
        changed = case.happened("ticket.priority_changed_at")
        if changed is not None:
            start = max(start, changed)
    return start
