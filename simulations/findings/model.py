"""What a replay found, as plain values: the same for a terminal, for JSON (`summary.json`) and for reports.

Pure values: no reading, deciding, counting or printing. Every page made of them repeats ``notes``.

Words: a *moment* is an opening, an event or an end of a ticket. The *end* is the last event of a ticket, or its
resolution where that is later, with all that was known then. Shares are fractions from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .values import Agreement, Breakdown, DisclosureChange, Estimate, Load, Moment, RuleUse, StageFlips, TargetFound

Verdict = Literal["kept", "broken", "unknown"]
"""What became of a guardrail; ``unknown``: the history holds nothing to tell it from."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a history as found and as the mapping expects it (None: it does not say, or only a part was read)."""

    rows: int
    tickets: int
    expected_rows: int | None
    expected_tickets: int | None

    @property
    def as_expected(self) -> bool:
        """Whether nothing is missing and nothing too much."""
        return self.expected_rows in (None, self.rows) and self.expected_tickets in (None, self.tickets)


@dataclass(frozen=True, slots=True)
class Count:
    """How many decisions were to be taken, were taken, and were set aside; the last two add up to the first."""

    total: int
    decided: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class RecordedShare:
    """The share of one value in a column, as recorded: over tickets by their last row, and over rows."""

    name: str
    share_of: str
    tickets: int
    of_tickets: int
    rows: int
    of_rows: int


@dataclass(frozen=True, slots=True)
class Change:
    """A named change to the baseline's file (`--set`): the path as asked, and the texts before and after."""

    path: str
    before: str
    after: str
    line: int
    """Where in the file the value stands, counted from 1."""


@dataclass(frozen=True, slots=True)
class SideFound:
    """A side of the replay."""

    side: str
    """`baseline` or `candidate`."""
    rulebook: str
    """As it was named: `ID@VERSION`, or `ID` for the version in force at each decision."""
    versions: Mapping[str, str]
    """The versions that decided, with their digests."""
    changes: tuple[Change, ...] = ()
    """What `--set` changed in it."""


@dataclass(frozen=True, slots=True)
class SetAsideReason:
    """A reason for setting decisions aside: how often it was met, first in which row, and texts that caused it."""

    decision: str
    column: str
    reason: str
    count: int
    first_row: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuardrailFound:
    """A guardrail, what was read, and whether it holds."""

    says: str
    """As it was written."""
    reading: float | None
    """Shares in percent, differences of shares in points, counts as such."""
    unit: str
    limit: float
    confidence: bool
    """Whether the far end of the interval counts rather than the point."""
    verdict: Verdict
    why: str
    """One sentence with the numbers."""


@dataclass(frozen=True, slots=True)
class OpenedDecision:
    """A decision of one side with its trace, both as the contract has them."""

    side: str
    version: str
    decision: Mapping[str, Any]
    trace: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class OpenedMoment:
    """A ticket at one moment: what was asked, what changed, and both decisions with their traces."""

    ticket: str
    row: int
    moment: Moment
    at: str
    request: Mapping[str, Any]
    changed: tuple[str, ...]
    """The stages that flip."""
    decisions: tuple[OpenedDecision, ...]


@dataclass(frozen=True, slots=True)
class Method:
    """How intervals and p-values were made."""

    interval: str
    """`BCa`: bias-corrected and accelerated."""
    confidence: float
    resamples: int
    seed: int
    """Derived from the digests of the history and the mapping."""
    block: Literal["day", "week"]
    blocks: int
    """How many of them hold tickets."""
    week_statistic: float | None
    """Kruskal and Wallis's H of the daily numbers of tickets by day of the week; weeks are used above 16.81."""
    zone: str
    """In which days begin and end."""
    compared: int
    """How many shares Holm's correction goes over."""


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a replay found. What compares two sides is None, or empty, where there is no candidate."""

    history: str
    history_sha256: str
    form: str
    mapping: str
    mapping_sha256: str
    limit: int | None
    size: Size
    sides: tuple[SideFound, ...]
    openings: Count
    events: Count | None
    ends: Count
    """Tickets as at their end; one without an end in the history is counted under ``set_aside``."""
    set_aside: tuple[SetAsideReason, ...]
    agreement: tuple[Agreement, ...]
    agreement_compared: Mapping[str, Estimate]
    """For each part, the shares that agree with the record under each side, if there is a candidate: of openings, or,
    in a log of decisions, of the first decision on each ticket."""
    recorded_shares: tuple[RecordedShare, ...]
    withheld: Mapping[str, int]
    """How many values were kept out of decisions because they were not known yet, by fact."""
    events_before_opening: int
    doubtful_local_times: Mapping[str, int]
    disclosures: tuple[DisclosureChange, ...] | None
    flips: tuple[StageFlips, ...] | None
    targets: tuple[TargetFound, ...]
    load: tuple[Load, ...]
    breakdown: tuple[Breakdown, ...]
    rules_used: tuple[RuleUse, ...]
    guardrails: tuple[GuardrailFound, ...]
    worst: tuple[OpenedMoment, ...]
    """At most five flips: newly permitted disclosures first, then newly missed targets, then those of most stages."""
    method: Method | None
    notes: tuple[str, ...]
    """What every page must say."""

    @property
    def sound(self) -> bool:
        """Whether the history has the expected size and every opening and event could be decided."""
        counts = [self.openings, *([self.events] if self.events else [])]
        return self.size.as_expected and not any(count.set_aside for count in counts)

    def plain(self) -> dict[str, Any]:
        """The summary as JSON takes it."""
        return {**asdict(self), "sound": self.sound}
