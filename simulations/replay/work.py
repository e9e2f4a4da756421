"""A replay under way: takes batch after batch, asks the sides, and counts what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from engine import RequestRefused

from ..histories import Table
from ..mappings import Instant
from .agreement import AgreementCount, Moment
from .aside import SetAside
from .flips import FlipCount, changed
from .order import Order
from .output import OutputFolder
from .plan import Plan
from .requests import Requests
from .rows import Batch, Misread, RowReader
from .shares import ShareCount
from .sides import Side
from .summary import Count, SideFound, Size, Summary

_TOLD_EVERY: Final = 500
"""Rows between two words on the progress."""


class Work:
    """Everything that a replay counts while it reads."""

    def __init__(self, plan: Plan, order: Order, output: OutputFolder | None) -> None:
        mapping = plan.mapping
        self._plan = plan
        self._mapping = mapping
        self._order = order
        self._output = output
        self._rows = RowReader(mapping, order.readers)
        self._withheld: Counter[str] = Counter()
        self._agreement = AgreementCount(mapping.recorded)
        self._shares = ShareCount(mapping)
        self._flips = FlipCount()
        self._aside = SetAside(output.set_aside if output is not None else None)
        self._decided: dict[Moment, int] = {"opening": 0, "event": 0}
        self._before_opening = 0

    def take(self, table: Table, on_rows: Callable[[int], None]) -> None:
        """Decide the rows of the next batch."""
        batch = self._rows.read(table)
        stop = batch.start + len(batch)
        first = self._order.within(self._order.first, batch.start, stop)
        self._shares.add(batch, self._order.within(self._order.last, batch.start, stop))
        requests = Requests(self._mapping, batch, self._withheld)
        told = 0
        for row in range(len(batch)):
            self._opening(batch, requests, row, row in first)
            if batch.event_at is not None:
                self._event(batch, requests, row, batch.event_at[row])
            if row - told >= _TOLD_EVERY:
                on_rows(row - told)
                told = row
        on_rows(len(batch) - told)

    def _opening(self, batch: Batch, requests: Requests, row: int, first: bool) -> None:
        if not first and self._mapping.rows == "event":
            return
        opened = batch.opened[row]
        misread = list(batch.misread.get(row, ()))
        if not first and batch.tickets[row] is not None:
            misread.append(Misread(self._mapping.ticket, batch.tickets[row], "is not the first row of its ticket"))
        if opened is None and not misread:
            misread.append(Misread(self._mapping.instants.opened, None, "no instant of the opening"))
        if opened is None or misread:
            self._aside.add("opening", batch.start + row, batch.tickets[row], misread)
        else:
            self._decide("opening", batch, row, opened, requests.at_opening(row, opened))

    def _event(self, batch: Batch, requests: Requests, row: int, at: Instant | None) -> None:
        misread = batch.misread.get(row, ())
        if at is None and not misread:
            misread = [Misread(str(self._mapping.instants.event_at), None, "no instant of the event")]
        if at is None or misread:
            self._aside.add("event", batch.start + row, batch.tickets[row], misread)
            return
        opened = batch.opened[row]
        self._before_opening += opened is not None and at.micros < opened.micros
        self._decide("event", batch, row, at, requests.as_it_stood(row, at))

    def _decide(self, moment: Moment, batch: Batch, row: int, at: Instant, request: dict[str, Any]) -> None:
        ticket = str(batch.tickets[row])
        decisions: dict[str, dict[str, Any]] = {}
        for side in self._plan.sides:
            try:
                decisions[side.name] = side.decide(request)
            except RequestRefused as refused:
                self._aside.add(moment, batch.start + row, ticket, _refusals(side, refused))
                return
        self._decided[moment] += 1
        recorded = {part: values[row] for part, values in batch.recorded.items()}
        for name, decision in decisions.items():
            self._agreement.add(name, moment, decision, recorded)
        stages = changed(*decisions.values()) if len(decisions) > 1 else ()
        self._flips.add(moment, ticket, stages)
        if self._output is not None:
            self._output.decisions.add(batch.start + row, ticket, moment, at, decisions, stages)

    def summary(self, size: Size) -> Summary:
        """What was counted, once every batch was taken."""
        plan, mapping = self._plan, self._plan.mapping
        by_event = mapping.rows == "event"
        if by_event:
            self._aside.add_unplaced(size.tickets - len(self._order.first))
        moments: tuple[Moment, ...] = ("opening", "event") if mapping.instants.event_at is not None else ("opening",)
        openings = Count(size.tickets if by_event else size.rows, self._decided["opening"], self._aside.openings)
        return Summary(
            history=plan.history.name,
            history_sha256=plan.history.sha256,
            form=plan.history.form.name,
            mapping=mapping.id,
            mapping_sha256=mapping.sha256,
            limit=plan.limit,
            size=size,
            sides=tuple(SideFound(side.name, str(side), dict(sorted(side.digests.items()))) for side in plan.sides),
            openings=openings,
            events=Count(size.rows, self._decided["event"], self._aside.events) if "event" in moments else None,
            set_aside=self._aside.reasons(),
            agreement=self._agreement.results((side.name for side in plan.sides), moments),
            recorded_shares=self._shares.results(),
            withheld=dict(sorted(self._withheld.items())),
            events_before_opening=self._before_opening,
            doubtful_local_times=dict(self._rows.doubts),
            flips=self._flips.results() if len(plan.sides) > 1 else None,
        )


def _refusals(side: Side, refused: RequestRefused) -> list[Misread]:
    if not refused.faults:
        return [Misread("", None, f"{side.name}: {refused.detail}")]
    return [Misread(fault.pointer, None, f"{side.name}: {fault.message}") for fault in refused.faults]
