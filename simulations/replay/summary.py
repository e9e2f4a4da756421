"""What a replay found, as plain values: the same for a terminal, for JSON and for later pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .agreement import Agreement
from .aside import Reason
from .flips import Flips


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
class SideFound:
    """A side of the replay: the rulebook as it was named, and the versions that decided, with their digests."""

    side: str
    rulebook: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a replay found. ``withheld`` counts values kept out of decisions because they were not known yet."""

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
    set_aside: tuple[Reason, ...]
    agreement: tuple[Agreement, ...]
    recorded_shares: tuple[RecordedShare, ...]
    withheld: Mapping[str, int]
    events_before_opening: int
    doubtful_local_times: Mapping[str, int]
    flips: tuple[Flips, ...] | None

    @property
    def sound(self) -> bool:
        """Whether the history has the expected size and every decision could be taken."""
        counts = [self.openings, *([self.events] if self.events else [])]
        return self.size.as_expected and not any(count.set_aside for count in counts)

    def plain(self) -> dict[str, Any]:
        """The summary as JSON takes it."""
        return {**asdict(self), "sound": self.sound}
