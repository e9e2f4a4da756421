"""Everything that is counted while a replay runs, in one place: it is told every decision, and says what was found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from engine.bulk import Coded

from .agreement import AgreementCount
from .bootstrap import estimates
from .breakdown import BreakdownCount
from .days import Days
from .differences import Compared, Decision, Flip, differences
from .flips import FlipCount
from .guardrails import Guardrail, Readings, judge
from .load import LoadCount
from .many import END, Asked, Decided, Flips, flips_of
from .model import OpenedMoment
from .promises import PromiseCount, is_promise
from .rules import KnownRules, RuleCount
from .tally import DayTally
from .targets import Stands, TargetCount
from .values import Moment
from .worst import Worst

FIXED: Final = (
    "The recorded times are held fixed: this is no forecast. "
    "Under another procedure people would have worked otherwise."
)
_OWN_LEVEL: Final = "By level, each side counts the tickets that it gives this level itself."
_FEW: Final = "There are too few days with tickets for intervals: differences may be chance."


class Ask(NamedTuple):
    """A moment of a ticket at which a decision is asked for; ``row`` counts from 1, ``at`` is in microseconds.

    ``since`` is the instant of the ticket's opening, or of the moment where no opening is known: it gives the day.
    """

    moment: Moment
    ticket: str
    row: int
    at: int
    since: int
    arrives: bool
    """Whether the ticket comes in with this decision, so that it counts as load."""
    request: Mapping[str, Any]


class Findings:
    """What is counted of the decisions of one side, or of two on the same requests."""

    def __init__(
        self, sides: int, parts: Sequence[str], facts: Sequence[str], zone: str | None, *, once: bool = False
    ) -> None:
        """`parts` of decisions are recorded in the history; by `facts` the findings are broken down.

        ``once``: no ticket has more than one opening or event.
        """
        self._sides = sides
        self._days = Days(zone)
        self._tally = DayTally()
        self._agreement = AgreementCount([part for part in parts if not is_promise(part)], self._tally)
        self._promises = PromiseCount(parts, self._tally)
        self._flips = FlipCount(once=once)
        self._targets = TargetCount(self._tally)
        self._load = LoadCount(sides)
        self._breakdown = BreakdownCount(facts, sides)
        self._rules = RuleCount(sides)
        self._worst: Worst[Ask] = Worst()
        self._topics: set[str] = set()
        self._compared: Compared = {}

    def add(self, ask: Ask, decisions: Sequence[Decision], recorded: Mapping[str, Any]) -> tuple[str, ...]:
        """Count the decisions at a moment, baseline first; gives the stages that differ."""
        flips = differences(*decisions, compared=self._compared) if len(decisions) > 1 else []
        day = self._days.day(ask.since)
        stands: tuple[dict[str, str], ...] = ()
        if ask.moment == "end":
            stands = self._targets.add(day, decisions)
            self._promises.add(day, decisions, recorded)
            self._breakdown.add(ask.request, stands, bool(flips))
        else:
            self._agreement.add(ask.moment, day, decisions, recorded, arrives=ask.arrives)
            self._flips.add(ask.moment, ask.ticket, ask.row, flips)
            self._rules.add(decisions)
            if ask.arrives:
                self._load.add(self._days.hour_of_week(ask.at), decisions)
            for decision in decisions:
                self._topics.update(decision["disclosures"] or ())
        if flips:
            self._worst.add(ask.ticket, flips, stands, ask)
        return _stages(flips)

    def add_many(
        self,
        asked: Asked,
        decided: Sequence[Decided],
        recorded: Mapping[str, Coded],
        facts: Mapping[str, Coded],
        ask_of: Callable[[int], Ask],
    ) -> Flips:
        """Count the decisions at many moments, in their order; gives what differs.

        ``recorded`` has an entry for each, ``facts`` for each of those that are ends, as text. ``ask_of`` gives one.
        """
        flips = flips_of(*decided) if len(decided) > 1 else Flips(np.zeros(len(asked), np.intp), [()])
        days = self._days.days(asked.since)
        ends = np.flatnonzero(asked.moments == END)
        stands: tuple[Stands, ...] = ()
        if len(ends):
            ended = [side.take(ends) for side in decided]
            stands = self._targets.add_many(days[ends], ended)
            self._promises.add_many(days[ends], ended, {part: values.take(ends) for part, values in recorded.items()})
        self._breakdown.add_many(facts, stands, flips.codes[ends] > 0)
        some = np.flatnonzero(asked.moments != END)
        if len(some):
            sides = [side.take(some) for side in decided]
            told = {part: values.take(some) for part, values in recorded.items()}
            here = asked.take(some)
            self._agreement.add_many(here, days[some], sides, told)
            self._flips.add_many(here, Flips(flips.codes[some], flips.kinds))
            self._rules.add_many(sides)
            arrives = np.flatnonzero(here.arrives)
            hours = self._days.hours_of_week(here.at[arrives])
            self._load.add_many(hours, [side.take(arrives) for side in sides])
            for side in sides:
                numbers = np.flatnonzero(np.bincount(side.numbers("disclosures")))
                for number in numbers.tolist():
                    self._topics.update(side.of.numbering.parts[number] or ())
        self._worst.add_many(asked.tickets, flips, stands, ends, ask_of)
        return flips

    def found(
        self,
        seed: int,
        sides: Sequence[str],
        moments: Sequence[Moment],
        known: Sequence[KnownRules],
        guardrails: Sequence[Guardrail],
        open_: Callable[[Ask], OpenedMoment],
    ) -> dict[str, Any]:
        """The fields of `Summary` that are counted here; ``open_`` decides a moment once more, with its traces."""
        compared = len(sides) > 1
        shares, method = estimates(self._tally, seed, self._days.zone)
        targets = self._targets.results(shares, len(sides))
        self._flips.settle()
        flips = self._flips.results() if compared else None
        disclosures = self._flips.disclosures() if compared else None
        agreement = (*self._agreement.results(sides, moments), *self._promises.results(sides))
        agreed = {figure.name: share for figure, share in shares.items() if compared and figure.kind == "agreement"}
        load = self._load.results()
        readings = Readings(targets, flips, disclosures, load, agreement, agreed, frozenset(self._topics))
        few = [_FEW] if compared and not method.compared else []
        return {
            "agreement": agreement,
            "agreement_compared": agreed,
            "disclosures": disclosures,
            "flips": flips,
            "targets": targets,
            "load": load,
            "breakdown": self._breakdown.results(),
            "rules_used": self._rules.results(known),
            "guardrails": tuple(judge(guardrail, readings) for guardrail in guardrails),
            "worst": tuple(open_(ask) for ask in self._worst.results()),
            "method": method if compared else None,
            "notes": (FIXED, *([_OWN_LEVEL] if compared else []), *few, *self._promises.notes()),
        }


def _stages(flips: Sequence[Flip]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flip.stage for flip in flips))
