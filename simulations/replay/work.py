"""A replay under way: what is counted while it reads, whichever way its rows are decided."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..findings import Ask, Count, Findings, Moment, OpenedMoment, SetAsideReason, SideFound, Size, Summary
from ..histories import Table
from ..mappings import Doubt
from .aside import SetAside
from .deciding import Refused
from .opened import opened
from .order import Order
from .output import OutputFolder
from .plan import Plan
from .readings import Misread
from .shares import ShareCount
from .sides import Side


class Work(ABC):
    """Everything that a replay counts while it reads."""

    def __init__(self, plan: Plan, order: Order, output: OutputFolder | None) -> None:
        mapping = plan.mapping
        self._plan = plan
        self._order = order
        self._output = output
        self._withheld: Counter[str] = Counter()
        self._shares = ShareCount(mapping)
        self._aside = SetAside(output.set_aside if output is not None else None)
        once = mapping.rows == "ticket" and mapping.instants.event_at is None
        self._findings = Findings(len(plan.sides), tuple(mapping.recorded), plan.by, mapping.instants.zone, once=once)
        self._decided: Counter[Moment] = Counter()
        self._doubts: dict[Doubt, int] = {}
        self._before_opening = 0
        self._without_event = 0

    @abstractmethod
    def run(self, tables: Iterator[Table], on_rows: Callable[[int], None]) -> None:
        """Decide a history; ``on_rows`` is told, in this thread, of rows that are done with."""

    def summary(self, size: Size) -> Summary:
        """What was counted, once every batch was taken."""
        plan, mapping = self._plan, self._plan.mapping
        if mapping.rows == "event":
            self._aside.add_unplaced(size.tickets - len(self._order.first))
        moments: tuple[Moment, ...] = ("opening", "event") if mapping.instants.event_at is not None else ("opening",)
        if mapping.rows == "decision":
            moments = ("event",)
        total = {"event": size.tickets, "ticket": size.rows, "decision": 0}[mapping.rows]
        events = size.rows - self._without_event
        ended = self._decided["end"]
        return Summary(
            history=plan.history.name,
            history_sha256=plan.history.sha256,
            form=plan.history.form.name,
            mapping=mapping.id,
            mapping_sha256=mapping.sha256,
            limit=plan.limit,
            size=size,
            sides=tuple(_side(side) for side in plan.sides),
            openings=Count(total, self._decided["opening"], self._aside.openings),
            events=Count(events, self._decided["event"], self._aside.events) if "event" in moments else None,
            ends=Count(size.tickets, ended, size.tickets - ended),
            set_aside=self._reasons(),
            recorded_shares=self._shares.results(),
            withheld=dict(sorted(self._withheld.items())),
            events_before_opening=self._before_opening,
            doubtful_local_times={str(doubt): count for doubt, count in self._doubts.items()},
            **self._found(moments),
        )

    def _found(self, moments: Sequence[Moment]) -> dict[str, Any]:
        sides = self._plan.sides
        known = [side.known_rules() for side in sides]

        def open_(ask: Ask) -> OpenedMoment:
            return opened(ask, sides, self._plan.language)

        names = [side.name for side in sides]
        return self._findings.found(self._plan.seed, names, moments, known, self._plan.guardrails, open_)

    def _reasons(self) -> tuple[SetAsideReason, ...]:
        return tuple(
            SetAsideReason(said.decision, said.column, said.reason, said.count, said.first_row, tuple(said.examples))
            for said in self._aside.reasons()
        )


def _side(side: Side) -> SideFound:
    return SideFound(side.name, str(side), dict(sorted(side.digests.items())), side.changes)


def refusals(found: Refused) -> list[Misread]:
    """Why a side refuses, as reasons for setting a moment aside."""
    side, refused = found
    if not refused.faults:
        return [Misread("", None, f"{side.name}: {refused.detail}")]
    return [Misread(fault.pointer, None, f"{side.name}: {fault.message}") for fault in refused.faults]
