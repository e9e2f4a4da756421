"""What the SLA stage gives to many requests: promises and their clocks as columns.

Instants and durations are 64-bit integers in microseconds; NEVER stands where there is none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ..calendars.arrays import NEVER
from ..facts import format_duration, format_instant, parse_instant
from ..stages import CLOCK_STATES, TARGET_STATES
from .columns import Codes, Flags, Whole

STATES: Final = (None, *TARGET_STATES)
"""How a target stands, by the codes of a column; 0: there is no such target."""
CLOCKS: Final = (None, *CLOCK_STATES)
"""How the clock of a ticket stands, by the codes of a column; 0: the stage was not decided."""
_MICROS: Final = ("within", "due", "warn_at", "started_at", "met_at", "elapsed")
_NO_TIME: Final = "PT0S"
NO_RUNS: Final = {"met": 0, "breached": 0, "longest": None}
"""What a target that runs anew with every message tells of its runs where it has had none."""
_DURATION: Final = re.compile(r"(-?)PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?")


@dataclass(slots=True)
class TargetColumn:
    """One target, for all requests; rows that are not promised it hold NEVER, and 0 as their state."""

    within: Whole
    due: Whole
    warn_at: Whole
    started_at: Whole
    met_at: Whole
    elapsed: Whole
    states: Codes

    def put(self, rows: Codes | slice, other: "TargetColumn") -> None:
        """Take over another one's values, in these rows."""
        for name in (*_MICROS, "states"):
            getattr(self, name)[rows] = getattr(other, name)

    def clear(self, rows: Codes) -> None:
        """Take it away from these rows: they are not promised it."""
        self.states[rows] = 0
        for name in _MICROS:
            getattr(self, name)[rows] = NEVER

    def promised(self) -> Flags:
        """The rows that are promised it."""
        return self.states > 0


def no_target(count: int) -> TargetColumn:
    """A target that no row is promised."""
    within, due, warn_at, started_at, met_at, elapsed = (np.full(count, NEVER) for _ in range(6))
    return TargetColumn(within, due, warn_at, started_at, met_at, elapsed, np.zeros(count, np.intp))


@dataclass(slots=True)
class SlaColumn:
    """The stage's part of each decision."""

    rules: Sequence[str]
    """The rules, by the codes of `by`; 0: none applied."""
    by: Codes
    calendars: Sequence[str | None]
    calendar: Codes
    """The calendar of the promise; 0: none."""
    clock: Codes
    """How the ticket's clock stands, as in CLOCKS; 0: the stage was not decided."""
    next_due: Whole
    targets: dict[str, TargetColumn]
    counting: frozenset[str] = frozenset()
    """The targets that run anew with every message."""
    runs: dict[tuple[str, int], Any] = field(default_factory=dict)
    """What such a target tells of its runs, by its name and the row, where there are any."""

    def part(self, row: int) -> dict[str, Any] | None:
        """The part of one decision, as the contract has it."""
        if not self.clock[row]:
            return None
        return {
            "calendar": self.calendars[self.calendar[row]],
            "clock": CLOCKS[self.clock[row]],
            "by": self.rules[self.by[row]],
            "next_due": _instant(self.next_due[row]),
            "targets": {name: self._target(name, row) for name, t in self.targets.items() if t.states[row]},
        }

    def put(self, row: int, part: Mapping[str, Any]) -> None:
        """Take a part that was worked out singly; its rule and calendar are known."""
        self.clock[row] = CLOCKS.index(part["clock"])
        self.next_due[row] = _micros(part["next_due"])
        for name, told in part["targets"].items():
            target = self.targets[name]
            for key in ("due", "warn_at", "started_at", "met_at"):
                getattr(target, key)[row] = _micros(told[key])
            target.within[row] = _duration(told["within"])
            target.elapsed[row] = NEVER if told["elapsed"] is None else _duration(told["elapsed"])
            target.states[row] = STATES.index(told["state"])
            if "runs" in told:
                self.runs[name, row] = told["runs"]

    def clear(self, rows: Codes) -> None:
        """Take the part of these rows away: it was not decided."""
        self.by[rows] = self.calendar[rows] = self.clock[rows] = 0
        self.next_due[rows] = NEVER
        for target in self.targets.values():
            target.clear(rows)

    def _target(self, name: str, row: int) -> dict[str, Any]:
        target = self.targets[name]
        within, elapsed = int(target.within[row]), int(target.elapsed[row])
        part: dict[str, Any] = {
            "within": format_duration(within),
            "due": _instant(target.due[row]),
            "warn_at": _instant(target.warn_at[row]),
            "state": STATES[target.states[row]],
            "started_at": _instant(target.started_at[row]),
            "met_at": _instant(target.met_at[row]),
        }
        if elapsed == NEVER:
            part["elapsed"] = part["remaining"] = part["overrun"] = None
        else:
            part["elapsed"] = format_duration(elapsed)
            part["remaining"] = format_duration(within - elapsed) if elapsed < within else _NO_TIME
            part["overrun"] = format_duration(elapsed - within) if elapsed > within else _NO_TIME
        if name in self.counting:
            part["runs"] = self.runs.get((name, row), NO_RUNS)
        return part


def _instant(micros: Any) -> str | None:
    return None if micros == NEVER else format_instant(int(micros))


def _micros(text: str | None) -> int:
    return NEVER if text is None else parse_instant(text)


def _duration(text: str) -> int:
    """The microseconds of a duration as the engine writes it, however long."""
    match = _DURATION.fullmatch(text)
    assert match is not None
    sign, hours, minutes, seconds, fraction = match.groups()
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    micros = whole * 1_000_000 + int((fraction or "").ljust(6, "0"))
    return -micros if sign else micros
