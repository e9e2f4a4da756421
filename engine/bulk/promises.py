"""The SLA stage decided for many requests: which promise each has, its targets measured, and how its clock stands."""

from collections.abc import Sequence

import numpy as np

from ..calendars.arrays import NEVER
from ..rulebook import Row
from ..stages import NO_SETTINGS, SlaSettings, TargetRule, first_place
from .batch import Batch
from .columns import Codes, Flags, Whole
from .measuring import Promised, Tickets, earlier
from .sla import CLOCKS, STATES, SlaColumn, TargetColumn, no_target
from .stages import run_stage, tell_cells, tell_values


def decide_sla(batch: Batch, place: int, decided: Flags) -> SlaColumn:
    """The part of each request that is to get one; calendar, clock and states become known."""
    parts = batch.rulebook.book.programs[place].parts
    settings: SlaSettings = parts.settings or NO_SETTINGS
    rows = parts.table.rows
    places, bitmaps = batch.applying(parts.table.index)
    by = np.array([first_place(bitmap) for bitmap in bitmaps], np.intp)[places]
    column = _promised(batch, rows, by, settings)
    _measure(batch, column, rows, settings, _where(~batch.has_course))
    for row in np.flatnonzero(decided & batch.has_course).tolist():
        column.put(row, run_stage(batch, place, batch.case(row), bitmaps[places[row]]))
        batch.singly[row] = True
    if not decided.all():
        column.clear(np.flatnonzero(~decided))
    _tell(batch, column)
    return column


def _promised(batch: Batch, rows: Sequence[Row], by: Codes, settings: SlaSettings) -> SlaColumn:
    """Promises without their measures."""
    calendars: list[str | None] = [None, *dict.fromkeys(row.outcome.calendar for row in rows)]
    calendar = np.array([0, *(calendars.index(row.outcome.calendar) for row in rows)], np.intp)
    names = dict.fromkeys(name for name in settings.targets if any(name in dict(row.outcome.targets) for row in rows))
    return SlaColumn(
        rules=("sla.none", *(row.id for row in rows)),
        by=by,
        calendars=calendars,
        calendar=calendar[by],
        clock=np.zeros(batch.count, np.intp),
        next_due=np.full(batch.count, NEVER),
        targets={name: no_target(batch.count) for name in names},
        counting=frozenset(name for name in names if settings.targets[name].counts_exchanges),
    )


def _measure(batch: Batch, column: SlaColumn, rows: Sequence[Row], settings: SlaSettings, where: Codes | slice) -> None:
    """Measure the targets of some requests, and put them into their columns."""
    tickets = Tickets(batch, where)
    by, calendar = column.by[where], column.calendar[where]
    calendars = [batch.rulebook.calendars[name] for name in column.calendars if name is not None]
    standing = _Standing(len(by))
    for name in list(column.targets):
        rule = settings.targets[name]
        within = np.array([NEVER, *(dict(row.outcome.targets).get(name, NEVER) for row in rows)], np.int64)
        here = within[by]
        has = here != NEVER
        # Where most are promised it, measuring all and clearing the rest is quicker than picking them out.
        some = slice(None) if 2 * np.count_nonzero(has) >= len(has) else np.flatnonzero(has)
        promised = Promised(
            np.where(has, here, 1)[some], _warnings(rule, within)[by[some]], calendar[some] - 1, calendars
        )
        found = (tickets if isinstance(some, slice) else tickets.take(some)).measure(rule, promised)
        told = TargetColumn(
            promised.within, found.due, found.warn_at, found.started_at, found.met_at, found.elapsed, found.states
        )
        if isinstance(some, slice) and not has.all():
            told.clear(np.flatnonzero(~has))
        standing.add(some, found.is_open, told)
        if isinstance(some, slice) and isinstance(where, slice):
            column.targets[name] = told
        else:
            column.targets[name].put(some if isinstance(where, slice) else where[some], told)
    column.clock[where] = standing.clock(tickets)
    column.next_due[where] = standing.next_due


def _where(flags: Flags) -> Codes | slice:
    """The marked rows; a slice stands for all."""
    return slice(None) if flags.all() else np.flatnonzero(flags)


def _warnings(rule: TargetRule, within: Whole) -> Whole:
    return np.array([rule.warning(amount) if amount != NEVER else 1 for amount in within.tolist()], np.int64)


class _Standing:
    """What the targets of some requests come to: see `clock_state` of the stage."""

    def __init__(self, count: int) -> None:
        self.next_due = np.full(count, NEVER)
        self._seen = np.zeros(count, np.uint8)
        """Bits of what was seen: the states of targets that still run, and whether others were met or breached."""

    def add(self, rows: Codes | slice, is_open: Flags, target: TargetColumn) -> None:
        """Count another target of some of them; those that are not promised it do not count."""
        self._seen[rows] |= np.where(is_open, _RUNS[target.states], _ENDED[target.states])
        self.next_due[rows] = earlier(np.where(is_open, target.due, NEVER), self.next_due[rows])

    def clock(self, tickets: Tickets) -> Codes:
        """How the clocks stand, as codes of CLOCKS."""
        clock = _CLOCK[self._seen]
        clock[tickets.is_waiting] = CLOCKS.index("paused")
        clock[tickets.stopped_at != NEVER] = CLOCKS.index("stopped")
        return clock


def _clock(seen: int) -> int:
    """How a clock stands that is neither stopped nor paused by its ticket, from the bits of what was seen."""
    runs = {state for i, state in enumerate(STATES) if state and seen >> i & 1}
    if runs == {"paused"}:
        return CLOCKS.index("paused")
    if seen and not runs:
        return CLOCKS.index("breached" if seen & _BREACHED else "met")
    return CLOCKS.index(next((state for state in ("breached", "warned") if state in runs), "running"))


_OVER, _BREACHED = 1 << 6, 1 << 7
_RUNS = np.array([1 << i if state else 0 for i, state in enumerate(STATES)], np.uint8)
_ENDED = np.array([0 if not state else _BREACHED if state == "breached" else _OVER for state in STATES], np.uint8)
_CLOCK = np.array([_clock(seen) for seen in range(256)], np.intp)
"""How the clock stands, by the bits of what was seen."""


def _tell(batch: Batch, column: SlaColumn) -> None:
    """Make known what later stages may ask about."""
    told = {
        "sla.calendar": (column.calendar, column.calendars),
        "sla.clock": (column.clock, CLOCKS),
        **{f"sla.{name}": (target.states, STATES) for name, target in column.targets.items()},
    }
    cells, valued = batch.rulebook.book.cell_map, batch.rulebook.book.programs[0].parts.valued
    for fact, (codes, values) in told.items():
        if fact in cells.slots:
            tell_cells(batch, cells.slots[fact], codes, [cells.cell(fact, _known(batch, fact, v)) for v in values])
        if fact in valued:
            tell_values(batch, fact, codes, values)


def _known(batch: Batch, fact: str, value: str | None) -> str | None:
    """A value as far as the fact has it; the calendar and clock of a rulebook without promises have none."""
    kind = batch.rulebook.book.rulebook.facts.get(fact)
    return value if value in getattr(kind, "values", ()) else None
