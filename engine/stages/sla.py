"""SLA: the calendar, the clock, and the targets with their due times, warnings and states."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..calendars import ALWAYS as ALWAYS_OPEN
from ..calendars import Calendar
from ..diagnostics import Path
from ..facts import Closed, FactType, Instant, format_duration, format_instant, shown
from ..rulebook import ALWAYS, Reader, Row, Template, Then
from ..tables import described
from .case import NO_CASE, Case
from .program import NOTHING, Parts, Prepared, Runner, Settled
from .targets import DEFAULTS, STATES, Measure, TargetRule, measure

CLOCK_STATES = (*STATES, "stopped")
_NAME = re.compile(r"[^\s.{}]+")
_SHARE = re.compile(r"(\d{1,3})%", re.ASCII)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a row promises: a calendar, and for each target how much of its time, in microseconds."""

    calendar: str
    targets: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Sla:
    """`calendar` and a duration for each target; `targets:` says how each is measured."""

    name: str = "sla"
    kind: Literal["choice"] = "choice"
    main: str | None = None
    must_end: bool = False

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> dict[str, TargetRule]:
        """How each target is measured: the contract's own, and what the rulebook says of them and of others."""
        rules = dict(DEFAULTS)
        for name, raw in sorted(body.get("targets", {}).items()):
            at = (*path, "targets", name)
            if name in ("calendar", "clock") or not _NAME.fullmatch(name):
                reader.fault("reserved-name", f"no target can be called {shown(name)}", at, key=True,
                             help="targets have plain names of their own, without dots, spaces and braces")  # fmt: skip
            rules[name] = _target_rule(raw, rules.get(name), at, reader)
        return rules

    def read_outcome(self, then: Then, settings: Mapping[str, TargetRule]) -> Promise | None:
        """A row's promise; None where faults were noted."""
        before = len(then.reader.faults)
        if not then.reader.doubts.within(("sla", "targets")):
            then.refuse_unknown(("calendar", *settings), help="; others are declared under `targets:`")
        calendar = then.word("calendar") or ALWAYS
        then.reader.check_calendar(calendar, then.paths.get("calendar", then.path))
        targets = []
        for name in settings:
            raw = then.values.get(name)
            if raw is not None and raw != "none":
                within = then.reader.duration(raw, then.paths[name])
                targets.append((name, within or 0))
        return Promise(calendar, tuple(targets)) if len(then.reader.faults) == before else None

    def results(
        self, rows: tuple[Row, ...], settings: Mapping[str, TargetRule], values: Callable[[Template], list[str]]
    ) -> dict[str, FactType]:
        """The calendar, the clock, and the state of each target that a row promises."""
        calendars = tuple(dict.fromkeys(row.outcome.calendar for row in rows)) or (ALWAYS,)
        promised = dict.fromkeys(name for row in rows for name, _ in row.outcome.targets)
        return {
            "sla.calendar": Closed(calendars),
            "sla.clock": Closed(CLOCK_STATES),
            **{f"sla.{name}": Closed(STATES) for name in promised},
        }

    def calendars(self, outcome: Promise) -> tuple[str, ...]:
        """The calendar of the promise."""
        return (outcome.calendar,)

    def facts(self, outcome: Promise) -> tuple[str, ...]:
        """A promise names no facts."""
        return ()

    def program(self, parts: Parts) -> "SlaProgram":
        """The stage made ready to run."""
        return SlaProgram(parts)


def _target_rule(raw: Mapping[str, Any], known: TargetRule | None, path: Path, reader: Reader) -> TargetRule:
    """How a target is measured; what is left out is as for the target of that name, or for `resolution`."""
    known = known or DEFAULTS["resolution"]
    listed = raw.get("starts")
    starts = known.starts if listed is None else tuple(listed) if isinstance(listed, list) else (listed,)
    for i, fact in enumerate(starts if listed is not None else ()):
        _check_instant(fact, (*path, "starts", i) if isinstance(listed, list) else (*path, "starts"), reader)
    if "met" in raw:
        _check_instant(raw["met"], (*path, "met"), reader)
    share, after = known.warn_share, known.warn_after
    if "warn_after" in raw:
        share, after = _warning(raw["warn_after"], (*path, "warn_after"), reader)
    pauses = "waits" in raw["paused_by"] if "paused_by" in raw else known.pauses
    return TargetRule(starts, raw.get("met", known.met), share, after, pauses)


def _check_instant(fact: str, path: Path, reader: Reader) -> None:
    kind = reader.fact(fact, path)
    if kind is not None and not isinstance(kind, Instant):
        said = f"{shown(fact)} is {described(kind)}, not an instant"
        reader.fault("wrong-type", said, path, help="a target is measured between instants")


def _warning(text: str, path: Path, reader: Reader) -> tuple[int | None, int | None]:
    """A share of the time in percent, or a duration."""
    match = _SHARE.fullmatch(text)
    if match is None and "%" not in text:
        return None, reader.duration(text, path)
    if match is None or int(match[1]) > 100:
        said = f"{shown(text)} is not a share of the target's time"
        reader.fault("wrong-value", said, path, help="write a whole number up to 100%, such as 75%, or a duration")
        return None, None
    return int(match[1]), None


@dataclass(frozen=True, slots=True)
class SlaProgram:
    """The promise of the first row that applies, measured at the decision's instant."""

    parts: Parts

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str) -> Runner:
        """The stage for requests answered in a language."""
        find = Prepared(self.parts, self._prepare).finder()
        timed = self._timed_facts()

        def run(case: Case) -> dict[str, Any]:
            row, by, untimed = find(case)
            if case.trace is not None:
                case.trace.append(self.parts.traced(row, case))
            if timed is not None and timed.isdisjoint(case.ticket):
                copies, calendar, clock, known = untimed
                targets = {name: copy() for name, copy in copies}
            else:
                calendar, clock, targets, known = self._measured(row.outcome if row else None, case)
            if known is not NOTHING:
                known.tell(case)
            return {"calendar": calendar, "clock": clock, "by": by, "targets": targets}

        return run

    def _timed_facts(self) -> frozenset[str] | None:
        """The names of a ticket's facts on which any measure depends; None when it also depends on others."""
        named = {f for rule in (self.parts.settings or {}).values() for f in (*rule.starts, rule.met) if f}
        if any(not f.startswith("ticket.") or f.startswith("ticket.fields.") for f in named):
            return None
        return frozenset(
            {f.removeprefix("ticket.") for f in named} | {"resolved_at", "status", "waits", "priority_changed_at"}
        )

    def _prepare(self, row: Row | None) -> tuple[Any, ...]:
        """The row, its id, and the part of a ticket of which nothing is timed."""
        calendar, clock, targets, known = self._measured(row.outcome if row else None, NO_CASE)
        return (
            row,
            self.parts.by(row),
            ([(name, target.copy) for name, target in targets.items()], calendar, clock, known),
        )

    def _measured(self, promise: Promise | None, case: Case) -> tuple[str | None, str, dict[str, Any], Settled]:
        """The calendar, the clock, the targets, and what later stages see of them."""
        if promise is None:
            clock = clock_state(case, ())
            return None, clock, {}, self.parts.settled({"sla.clock": clock} if self.parts.stage else {})
        calendar: Calendar = ALWAYS_OPEN if case is NO_CASE else case.calendar(promise.calendar)
        stopped = stopped_at(case)
        rules = self.parts.settings
        measures = {name: measure(rules[name], within, calendar, case, stopped) for name, within in promise.targets}
        clock = clock_state(case, measures.values())
        states = {f"sla.{name}": found.state for name, found in measures.items()}
        known = self.parts.settled({"sla.calendar": promise.calendar, "sla.clock": clock, **states})
        targets = {name: _target_part(within, measures[name]) for name, within in promise.targets}
        return promise.calendar, clock, targets, known


def _target_part(within: int, found: Measure) -> dict[str, Any]:
    return {
        "within": format_duration(within),
        "due": None if found.due is None else format_instant(found.due),
        "warn_at": None if found.warn_at is None else format_instant(found.warn_at),
        "state": found.state,
    }


def stopped_at(case: Case) -> int | None:
    """When the ticket's clock stopped: it was resolved, or its status says so (then now, for want of an instant)."""
    resolved = case.happened("ticket.resolved_at")
    if resolved is not None:
        return resolved
    return case.at if case.ticket.get("status") in ("resolved", "closed") else None


def clock_state(case: Case, measures: Any) -> str:
    """How the ticket's clock stands: stopped, paused, or the worst of its open targets."""
    found = list(measures)
    if stopped_at(case) is not None:
        return "stopped"
    if case.is_waiting:
        return "paused"
    states = {m.state for m in found if m.is_open}
    for state in ("breached", "warned"):
        if state in states:
            return state
    if found and not states:
        return "breached" if any(m.state == "breached" for m in found) else "met"
    return "running"
