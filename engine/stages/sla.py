"""SLA: the calendar, the clock, and the targets with their due times, warnings, states and time spent."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from ..calendars import ALWAYS as ALWAYS_OPEN
from ..diagnostics import Path
from ..facts import Closed, FactType, format_duration, format_instant
from ..rulebook import ALWAYS, COURSE_WORDS, Reader, Row, Stage, Template, Then
from .case import NO_CASE, Case
from .course import Course
from .program import NOTHING, Parts, Prepared, Runner, Settled, first_place
from .renderings import Give, Rendering
from .target_reading import read_sla_settings
from .target_rules import DEFAULTS, SlaSettings
from .targets import STATES, Measure, Tally, measure, tally
from .timeline import Channels

CLOCK_STATES = (*STATES, "stopped")
_TIMED = frozenset(("resolved_at", "status", "waits", "states", "priority_changed_at"))
"""Names of a ticket's facts on which every clock depends."""
_NO_TIME = "PT0S"
_PAUSED = {"paused"}


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

    def read_settings(self, body: Mapping[str, Any], path: Path, reader: Reader) -> SlaSettings:
        """How each target is measured."""
        return read_sla_settings(body, path, reader)

    def read_outcome(self, then: Then, settings: SlaSettings) -> Promise | None:
        """A row's promise; None where faults were noted. Whether no time is a promise, the clock says."""
        before = len(then.reader.faults)
        if not then.reader.doubts.within(("sla", "targets")):
            then.refuse_unknown(("calendar", *settings.targets), help="; others are declared under `targets:`")
        calendar = then.word("calendar") or ALWAYS
        then.reader.check_calendar(calendar, then.paths.get("calendar", then.path))
        targets = []
        for name in settings.targets:
            raw = then.values.get(name)
            if raw is not None and raw != "none":
                within = then.reader.duration(raw, then.paths[name])
                if within or then.reader.clock.has_zero_targets:
                    targets.append((name, within or 0))
        return Promise(calendar, tuple(targets)) if len(then.reader.faults) == before else None

    def results(
        self, rows: tuple[Row, ...], settings: SlaSettings, values: Callable[[Template], list[str]]
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


@dataclass(frozen=True, slots=True)
class SlaProgram:
    """The promise of the first row that applies, measured at the decision's instant."""

    parts: Parts

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.parts.name

    def runner(self, language: str, rendering: Rendering) -> Runner:
        """The stage for requests answered in a language."""
        rows = self.parts.table.rows
        untimed = Prepared(rows, partial(self._untimed, rendering))
        trace = self.parts.tracer(language, rendering)
        timed = self._timed_facts()

        def run(case: Case, applying: int) -> Any:
            place = first_place(applying)
            if case.trace is not None:
                trace(case, place)
            if timed is not None and timed.isdisjoint(case.ticket):
                give, known = untimed.at(place)
                if known is not NOTHING:
                    known.tell(case)
                return give()
            part, known = self._measured(rows[place - 1] if place else None, case)
            if known is not NOTHING:
                known.tell(case)
            return rendering.made(part)

        return Runner(run) if timed is None else Runner(run, untimed.ready, timed)

    @property
    def _settings(self) -> SlaSettings:
        settings: SlaSettings | None = self.parts.settings
        return NO_SETTINGS if settings is None else settings

    def _timed_facts(self) -> frozenset[str] | None:
        """The names of a ticket's facts on which any measure depends; None when it also depends on others."""
        rules = self._settings.targets.values()
        named = {fact for rule in rules for fact in rule.facts}
        if any(not fact.startswith("ticket.") or fact.startswith("ticket.fields.") for fact in named):
            return None
        has_words = any(moment in COURSE_WORDS for rule in rules for moment in (*rule.starts, *rule.met))
        reads_messages = has_words or any(rule.paused_by.replies for rule in rules)
        return _TIMED | {fact.removeprefix("ticket.") for fact in named} | ({"messages"} if reads_messages else set())

    def _untimed(self, rendering: Rendering, row: Row | None) -> tuple[tuple[Give, Settled], tuple[Any, ...] | None]:
        """The part of a ticket of which nothing is timed and what that makes known; the same as an entry of Ready."""
        part, known = self._measured(row, NO_CASE)
        give = rendering.ready(part)
        return (give, known), self.parts.ready(rendering, give, known)

    def _measured(self, row: Row | None, case: Case) -> tuple[dict[str, Any], Settled]:
        """The part, and what later stages see of it."""
        settings, promise = self._settings, row.outcome if row else None
        targets: dict[str, Any] = {}
        part = {"calendar": None, "clock": None, "by": self.parts.by(row), "next_due": None, "targets": targets}
        if promise is None:
            part["clock"] = clock = clock_state(Course(case, settings, ALWAYS_OPEN), ())
            return part, self.parts.settled({"sla.clock": clock} if self.parts.stage else {})
        course = Course(case, settings, ALWAYS_OPEN if case is NO_CASE else case.calendar(promise.calendar))
        measures: list[Measure] = []
        next_due = None
        for name, within in promise.targets:
            rule = settings.targets[name]
            found = measure(rule, within, course)
            measures.append(found)
            if found.is_open and found.due is not None and (next_due is None or found.due < next_due):
                next_due = found.due
            targets[name] = target = _target_part(within, found)
            if rule.counts_exchanges:
                target["runs"] = _runs_part(tally(rule, within, course))
        part["calendar"], part["clock"] = promise.calendar, clock_state(course, measures)
        part["next_due"] = None if next_due is None else format_instant(next_due)
        return part, self._told(part) if self.parts.is_heard else NOTHING

    def _told(self, part: Mapping[str, Any]) -> Settled:
        """What later stages see of a promise."""
        states = {f"sla.{name}": target["state"] for name, target in part["targets"].items()}
        return self.parts.settled({"sla.calendar": part["calendar"], "sla.clock": part["clock"], **states})


def _target_part(within: int, found: Measure) -> dict[str, Any]:
    due, warn_at, state, _, started_at, met_at, elapsed = found
    part = {
        "within": format_duration(within),
        "due": None if due is None else format_instant(due),
        "warn_at": None if warn_at is None else format_instant(warn_at),
        "state": state,
        "started_at": None if started_at is None else format_instant(started_at),
        "met_at": None if met_at is None else format_instant(met_at),
    }
    if elapsed is None:
        part["elapsed"] = part["remaining"] = part["overrun"] = None
    else:
        part["elapsed"] = format_duration(elapsed)
        part["remaining"] = format_duration(within - elapsed) if elapsed < within else _NO_TIME
        part["overrun"] = format_duration(elapsed - within) if elapsed > within else _NO_TIME
    return part


def _runs_part(found: Tally) -> dict[str, Any]:
    longest = None if found.longest is None else format_duration(found.longest)
    return {"met": found.met, "breached": found.breached, "longest": longest}


def clock_state(course: Course, measures: Collection[Measure]) -> str:
    """How the ticket's clock stands: stopped, paused, or the worst of its open targets."""
    if course.stopped_at is not None:
        return "stopped"
    if course.is_waiting:
        return "paused"
    states = {m.state for m in measures if m.is_open}
    if states == _PAUSED:
        return "paused"
    for state in ("breached", "warned"):
        if state in states:
            return state
    if measures and not states:
        return "breached" if any(m.state == "breached" for m in measures) else "met"
    return "running"


NO_SETTINGS = SlaSettings(DEFAULTS)
"""The settings of a rulebook that promises nothing."""


def counted_channels(stages: Mapping[str, Stage]) -> Channels:
    """The channels by which messages count in a rulebook."""
    stage = stages.get("sla")
    settings: SlaSettings = NO_SETTINGS if stage is None else stage.settings
    return settings.channels
