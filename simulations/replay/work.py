"""A replay under way: takes batch after batch, asks the sides, and counts what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from engine import RequestRefused

from ..findings import Ask, Count, Findings, Moment, OpenedMoment, SetAsideReason, SideFound, Size, Summary
from ..histories import Table
from .aside import SetAside
from .deciding import Deciding, Found, Refused
from .moments import Moments
from .opened import opened
from .order import Order
from .output import OutputFolder
from .plan import Plan
from .rows import Batch, Misread, RowReader
from .shares import ShareCount
from .sides import Answer, Side

_AT_ONCE: Final = 10_000
"""Rows that are decided together: enough to share much, few enough to be held as decisions."""
_TOLD_EVERY: Final = 500
"""Rows between two words on the progress."""


class _Met(NamedTuple):
    """A moment; whether it asks the same ``again`` as the one before, and what an earlier run has written of it."""

    ask: Ask
    again: bool
    written: Sequence[Answer] | None


class _Held:
    """Holds what is set aside until the moments before it are decided, so that the rows keep their order."""

    def __init__(self) -> None:
        self._held: list[tuple[Moment, int, str | None, Iterable[Misread]]] = []

    def add(self, decision: Moment, row: int, ticket: str | None, why: Iterable[Misread]) -> None:
        """Hold one moment that cannot be decided."""
        self._held.append((decision, row, ticket, why))

    def given(self) -> list[tuple[Moment, int, str | None, Iterable[Misread]]]:
        """What was held since the last call."""
        given, self._held = self._held, []
        return given


class Work:
    """Everything that a replay counts while it reads."""

    def __init__(self, plan: Plan, order: Order, output: OutputFolder | None) -> None:
        mapping = plan.mapping
        self._plan = plan
        self._order = order
        self._output = output
        self._rows = RowReader(mapping, order.readers, order.courses, order.repeated)
        self._withheld: Counter[str] = Counter()
        self._shares = ShareCount(mapping)
        self._aside = SetAside(output.set_aside if output is not None else None)
        self._held = _Held()
        self._moments = Moments(mapping, order, self._held, self._withheld)
        self._deciding = Deciding(plan)
        self._findings = Findings(len(plan.sides), tuple(mapping.recorded), plan.by, mapping.instants.zone)
        self._decided: Counter[Moment] = Counter()

    def take(self, table: Table, on_rows: Callable[[int], None]) -> None:
        """Decide the rows of the next batch."""
        batch = self._rows.read(table)
        stop = batch.start + len(batch)
        self._shares.add(batch, self._order.within(self._order.last, batch.start, stop))
        moments, told = self._moments.of(batch), 0
        while rows := [(row, self._held.given(), [*self._met(asked)]) for row, asked in islice(moments, _AT_ONCE)]:
            wanted = [met.ask for *_, mets in rows for met in mets if met.written is None and not met.again]
            decided = iter(self._deciding.answers(batch, wanted))
            for row, aside, mets in rows:
                for said in aside:
                    self._aside.add(*said)
                self._settle(batch, row, mets, decided)
                if row - told >= _TOLD_EVERY:
                    on_rows(row - told)
                    told = row
        on_rows(len(batch) - told)

    def _settle(self, batch: Batch, row: int, mets: Sequence[_Met], decided: Iterator[Found]) -> None:
        """Count the moments of a row."""
        recorded = {part: values[row] for part, values in batch.recorded.items()}
        found: Found | None = None
        for met in mets:
            found = met.written or (found if met.again and found is not None else next(decided))
            self._count(met, found, recorded)

    def _met(self, asked: Sequence[Ask]) -> Iterator[_Met]:
        """The moments of a row, with what earlier parts hold of them; to be asked in the order of the replay."""
        before: Ask | None = None
        for ask in asked:
            # An end at the last event asks the same once more.
            again = before is not None and before.request is ask.request
            yield _Met(ask, again, self._output.earlier(ask) if self._output is not None else None)
            before = ask

    def _count(self, met: _Met, found: Found, recorded: Mapping[str, Any]) -> None:
        ask = met.ask
        if not isinstance(found, Refused):
            self._take(ask, found, recorded, written=met.written is not None)
        elif ask.moment != "end":
            self._aside.add(ask.moment, ask.row - 1, ask.ticket, _refusals(found.side, found.refused))

    def _take(self, ask: Ask, answers: Sequence[Answer], recorded: Mapping[str, Any], *, written: bool) -> None:
        self._decided[ask.moment] += 1
        changed = self._findings.add(ask, [answer.decision for answer in answers], recorded)
        if self._output is not None and not written:
            self._output.add(ask, answers, changed)

    def summary(self, size: Size) -> Summary:
        """What was counted, once every batch was taken."""
        plan, mapping = self._plan, self._plan.mapping
        if mapping.rows == "event":
            self._aside.add_unplaced(size.tickets - len(self._order.first))
        moments: tuple[Moment, ...] = ("opening", "event") if mapping.instants.event_at is not None else ("opening",)
        if mapping.rows == "decision":
            moments = ("event",)
        total = {"event": size.tickets, "ticket": size.rows, "decision": 0}[mapping.rows]
        events = size.rows - self._moments.without_event
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
            events_before_opening=self._moments.before_opening,
            doubtful_local_times={str(doubt): count for doubt, count in self._rows.doubts.items()},
            **self._found(moments),
        )

    def _found(self, moments: Sequence[Moment]) -> dict[str, Any]:
        sides = self._plan.sides
        known = [side.known_rules() for side in sides]

        def open_(ask: Ask) -> OpenedMoment:
            return opened(ask, sides)

        names = [side.name for side in sides]
        return self._findings.found(self._plan.seed, names, moments, known, self._plan.guardrails, open_)

    def _reasons(self) -> tuple[SetAsideReason, ...]:
        return tuple(
            SetAsideReason(said.decision, said.column, said.reason, said.count, said.first_row, tuple(said.examples))
            for said in self._aside.reasons()
        )


def _side(side: Side) -> SideFound:
    return SideFound(side.name, str(side), dict(sorted(side.digests.items())), side.changes)


def _refusals(side: Side, refused: RequestRefused) -> list[Misread]:
    if not refused.faults:
        return [Misread("", None, f"{side.name}: {refused.detail}")]
    return [Misread(fault.pointer, None, f"{side.name}: {fault.message}") for fault in refused.faults]
