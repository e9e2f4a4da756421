"""How promises are measured: settings of targets, calendars and conventions of time that differ between two rulebooks.

Where both promise the same, due times may still be others. Whether they are depends on when the ticket came and on its
course, so each setting that differs is told with the requests on which it bears. Knows one space of two sides.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

from ...calendars import CalendarSpec
from ...decision import CompiledRulebook
from ...facts import FIRST_INSTANT, LAST_INSTANT, format_duration
from ...stages import NO_SETTINGS, SlaSettings, TargetRule
from ..space import Model, Observed, Space
from .aspects import Case
from .sameness import Sameness
from .sayings import mark

_HOURS = "hours on "
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Clock:
    """One thing that measures promises otherwise, with what it was and what it is."""

    name: str
    """Such as `calendar office` or `target resolution`."""
    said: tuple[dict[str, Any], dict[str, Any]]
    bears: tuple[int, int]
    """By side, the literal of a promise that is measured by it."""
    space: Space = field(repr=False)
    calendar: str | None = None
    stage: str = "sla"
    tested: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """All of its requests are touched; they are told in the facts by which promises are made."""
        self.touched = self.space.clauses.true
        stages = [self.space.decided[side]["sla"].stage for side in (0, 1)]
        self.told_in = tuple(sorted({fact for stage in stages if stage for row in stage.rows for fact in row.when}))

    def same(self, sameness: Sameness) -> int:
        """The literal of its not bearing on both sides."""
        return -self.space.clauses.all_of(self.bears)

    def read(self, model: Model, side: int) -> Case:
        """The setting of a side."""
        return Case(self.bears[side], mark(self.said[side]), self.said[side], is_sure=False)

    settled = read

    def part(self, seen: Observed) -> Any:
        """What is promised, with the times that follow."""
        return seen.answer["decision"]["sla"]

    def shown(self, seen: Observed, side: int) -> str | None:
        """A decision shows nothing of settings but what follows from them."""
        return mark(self.said[side])

    def differs(self, seen: Sequence[Observed]) -> bool:
        """Whether two decisions tell other times or states, whichever rules they name."""
        one, other = ({key: value for key, value in (self.part(s) or {}).items() if key != "by"} for s in seen)
        return one != other


def clocks(space: Space) -> list[Clock]:
    """Every setting by which both sides measure promises, and that differs."""
    books = [side.book for side in space.sides]
    return [
        Clock(name, (old, new), (_where(space, 0, bears), _where(space, 1, bears)), space, calendar)
        for name, old, new, bears, calendar in _settings(books)
    ]


def _where(space: Space, side: int, bears: Callable[[Any], bool] | None) -> int:
    decided = space.decided[side]["sla"]
    if bears is None:
        return decided.runs
    rows = decided.stage.rows if decided.stage else ()
    return space.clauses.any_of(lit for lit, row in zip(decided.settles, rows, strict=True) if bears(row.outcome))


_Setting = tuple[str, dict[str, Any], dict[str, Any], Callable[[Any], bool] | None, str | None]


def _settings(books: Sequence[CompiledRulebook]) -> Iterator[_Setting]:
    old, new = books
    for name in sorted(old.rulebook.calendars.keys() & new.rulebook.calendars.keys()):
        before, after = old.rulebook.calendars[name], new.rulebook.calendars[name]
        if before != after and (before.zone != after.zone or not _resolve_alike(old, new, name)):
            yield (
                f"calendar {name}",
                *_differing(_calendar(before), _calendar(after)),
                partial(_is_on, name),
                name,
            )  # fmt: skip
    one, other = (_sla_settings(book) for book in books)
    for name in sorted(one.targets.keys() & other.targets.keys()):
        first, second = one.targets[name], other.targets[name]
        if first != second:
            yield (
                f"target {name}",
                *_differing(_target(first), _target(second)),
                partial(_promises, name),
                None,
            )  # fmt: skip
    if old.rulebook.clock != new.rulebook.clock:
        before_after = (_conventions(book) for book in books)
        yield ("conventions of time", *_differing(*before_after), lambda promise: bool(promise.targets), None)
    if one.channels != other.channels:
        said = ({"messages that count": _plainly(one.channels)}, {"messages that count": _plainly(other.channels)})
        yield ("messages", *said, lambda promise: bool(promise.targets), None)
    if one.closed_states != other.closed_states:
        closed = ({"closed states": sorted(one.closed_states)}, {"closed states": sorted(other.closed_states)})
        yield ("closed states", *closed, None, None)


def _is_on(calendar: str, promise: Any) -> bool:
    return bool(promise.calendar == calendar and promise.targets)


def _promises(target: str, promise: Any) -> bool:
    return any(name == target for name, _ in promise.targets)


def _sla_settings(book: CompiledRulebook) -> SlaSettings:
    stage = book.rulebook.stages.get("sla")
    return stage.settings if stage else NO_SETTINGS


def _resolve_alike(old: CompiledRulebook, new: CompiledRulebook, name: str) -> bool:
    """Whether two calendars that are written differently are open at the same times."""
    one, other = (book.shared.calendars[name] for book in (old, new))
    return list(one.openings(FIRST_INSTANT, LAST_INSTANT)) == list(other.openings(FIRST_INSTANT, LAST_INSTANT))


def _differing(old: dict[str, Any], new: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    keys = [key for key in old if old[key] != new.get(key)] + [key for key in new if key not in old]
    days = [day for day in _DAYS if _HOURS + day in keys]
    names = {key: key for key in keys}
    for day in days:
        alike = [d for d in days if all(said.get(_HOURS + d) == said.get(_HOURS + day) for said in (old, new))]
        names[_HOURS + day] = _HOURS + _run_of_days(alike)
    return {names[key]: old.get(key) for key in keys}, {names[key]: new.get(key) for key in keys}


def _run_of_days(days: Sequence[str]) -> str:
    """Days of a week, such as `mon-fri`, or `mon, wed`."""
    places = [_DAYS.index(day) for day in days]
    is_run = len(days) > 2 and places == list(range(places[0], places[-1] + 1))
    return f"{days[0]}-{days[-1]}" if is_run else ", ".join(days)


def _calendar(spec: CalendarSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"zone": spec.zone}
    found |= {_HOURS + day: _periods(hours) for day, hours in zip(_DAYS, spec.hours, strict=True)}
    found |= {"holidays": spec.country and "-".join(filter(None, (spec.country, spec.subdivision)))}
    found |= {"days off": sorted(day.isoformat() for day in spec.days_off)}
    found |= {f"hours on {day.isoformat()}": _periods(hours) for day, hours in sorted(spec.special_days.items())}
    found |= {f"breaks on {day.isoformat()}": _periods(hours) for day, hours in sorted(spec.breaks.items())}
    found["hours of transferred days"] = None if spec.transferred_hours is None else _periods(spec.transferred_hours)
    return found


def _periods(periods: Sequence[tuple[int, int]]) -> str:
    said = [f"{_minute(begin)}-{_minute(end)}" for begin, end in periods]
    return ", ".join(said) or "closed"


def _minute(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _target(rule: TargetRule) -> dict[str, Any]:
    warns = f"{rule.warn_share}%" if rule.warn_after is None else format_duration(rule.warn_after)
    return {
        "starts": [_plainly(moment) for moment in rule.starts],
        "met": [_plainly(moment) for moment in rule.met],
        "warn_after": warns,
        "paused_by": _plainly(rule.paused_by),
        "while_paused": rule.while_paused,
        "pauses": rule.pauses,
        "reopening": rule.reopening,
    }


def _conventions(book: CompiledRulebook) -> dict[str, Any]:
    clock = book.rulebook.clock
    found = {f.name: getattr(clock.conventions, f.name) for f in fields(clock.conventions)}
    return found | {"on_priority_change": clock.on_priority_change, "zero_targets": clock.has_zero_targets,
                    "precision": format_duration(clock.step)}  # fmt: skip


def _plainly(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return {key: _plainly(item) for key, item in value._asdict().items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plainly(getattr(value, name)) for name in value.__dataclass_fields__}
    return sorted(value) if isinstance(value, frozenset) else value
