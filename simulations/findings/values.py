"""What is found of decisions, and between those of two sides, as plain values; `model` puts them together.

Pure values: no reading, deciding, counting or printing. A *moment* is an opening, an event or an end of a ticket.
Shares are fractions from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Moment = Literal["opening", "event", "end"]
"""When a decision was taken: as at the opening of the ticket, at an event as it stood, or as at the end."""
MOMENTS: Final[tuple[Moment, ...]] = ("opening", "event", "end")
"""In the order in which those of a row are decided."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded value, the decided one beside it, and how often they met."""

    recorded: Any
    decided: Any
    count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often one part of the decisions of one side equals the record; ``unrecorded`` decisions have no record."""

    part: str
    side: str
    moment: Moment
    compared: int
    equal: int
    unrecorded: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A ticket to open, and the row of the history (from 1) at which the flip was met first."""

    ticket: str
    row: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class RulePair:
    """The rule that settled it in the baseline and the one in the candidate, and the decisions they settled so."""

    baseline: str | None
    candidate: str | None
    count: int


@dataclass(frozen=True, slots=True)
class FlipCell:
    """One cell of a stage's matrix: from what to what, how often, by which rules, and tickets to look at.

    For disclosures and permissions the texts name the topic or action too (`progress: deny`); for obligations they name
    what is owed or nothing; for targets, `resolution: due later` and the like.
    """

    before: str
    after: str
    openings: int
    events: int
    tickets: int
    rules: tuple[RulePair, ...]
    """The most frequent first; at most ten."""
    examples: tuple[Example, ...]
    """The first three."""


@dataclass(frozen=True, slots=True)
class StageFlips:
    """How many openings, events and tickets change in a stage; a ticket changes when any decision on it does.

    The stage `any` stands for a change in one or more of them, and has no matrix.
    """

    stage: str
    compares: str
    """What of the stage is compared, in words."""
    openings: int
    events: int
    tickets: int
    matrix: tuple[FlipCell, ...] = ()
    """The most frequent first."""
    unlisted: int = 0
    """Changes beyond the cells that are kept apart: counted in the stage, not in its matrix."""


@dataclass(frozen=True, slots=True)
class DisclosureChange:
    """A topic that is newly permitted (it was denied or needed approval) or newly denied: these stand first.

    ``change`` is `approval` where someone's approval is newly needed or enough, or another one's than before.
    """

    topic: str
    change: Literal["newly permitted", "newly denied", "approval"]
    before: str
    after: str
    openings: int
    events: int
    tickets: int
    rules: tuple[RulePair, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """Two shares and their difference, candidate less baseline, with how sure it is.

    ``low`` and ``high`` bound the difference with the confidence of `Method`; None: too few blocks to tell. ``p`` is
    the two-sided p-value of no difference, ``adjusted`` the same after Holm's correction over all compared shares, and
    ``clear`` says whether that is below 0.05.
    """

    baseline: float | None
    candidate: float | None
    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    adjusted: float | None
    clear: bool


@dataclass(frozen=True, slots=True)
class TargetTally:
    """How the tickets fared under one side: their promise kept, missed, still open at the end, or none given."""

    met: int
    missed: int
    open: int
    none: int

    @property
    def told(self) -> int:
        """Those of which it can be told whether the promise was kept."""
        return self.met + self.missed


@dataclass(frozen=True, slots=True)
class Transition:
    """How many tickets went from one standing (`met`, `missed`, `open`, `none`) to another."""

    before: str
    after: str
    tickets: int


@dataclass(frozen=True, slots=True)
class TargetFound:
    """A target under each side, the recorded times held fixed.

    ``target`` is `any` for all of them together: missed when one of them was, met when at least one was met and none
    missed. ``level`` is None for all levels; otherwise each side counts the tickets that it gives this level itself,
    and transitions count under the level that the candidate gives.
    """

    target: str
    level: str | None
    baseline: TargetTally
    candidate: TargetTally | None
    newly_missed: int
    """Met under the baseline, missed under the candidate."""
    newly_met: int
    """Missed under the baseline, met under the candidate."""
    transitions: tuple[Transition, ...]
    breach_rate: Estimate
    """Missed of met and missed."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many tickets come to a group when they are opened, under each side, by hour of the week.

    The 168 counts start on Monday at 00:00 in the zone of the mapping. ``group`` None: to no group.
    """

    group: str | None
    baseline: int
    candidate: int | None
    baseline_hours: tuple[int, ...]
    candidate_hours: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """The tickets with one value of a fact, as at their end: how many, how many flip, and how they fare."""

    value: str | None
    """None: not stated. Beyond the most frequent values, one row `(others)` holds the rest."""
    tickets: int
    flipped: int
    """Tickets whose decision at the end differs in any stage."""
    baseline: TargetTally
    candidate: TargetTally | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The findings by a fact (`--by`), the most frequent value first."""

    fact: str
    rows: tuple[BreakdownRow, ...]


@dataclass(frozen=True, slots=True)
class RuleUse:
    """How many decisions a rule settled something in, under each side (None: that side has no such rule)."""

    stage: str
    rule: str
    baseline: int | None
    candidate: int | None
    scenario: bool | None
    """Whether a scenario reaches it; None: the rulebook's scenarios do not lie beside it."""
