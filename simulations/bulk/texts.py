"""Decisions that were made in bulk as JSON, column by column: what an encoder would write of each, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import msgspec
import numpy as np
import polars as pl

from engine import format_duration, format_instant
from engine.bulk import CLOCKS, NEVER, NO_RUNS, STAGES, STATES, Codes, Flags, SlaColumn, TargetColumn, Whole, distinct

from .numbered import Numbered

_encode: Final = msgspec.json.Encoder().encode
_SECOND, _HOUR, _DAY = 1_000_000, 3_600_000_000, 86_400_000_000


def decision_texts(side: Numbered, rows: Codes) -> pl.Series:
    """Some decisions of a side as JSON."""
    columns: list[Any] = []
    for number, stage in enumerate(STAGES):
        columns.append(pl.lit(f'{"," if number else "{"}"{stage}":'))
        if stage == "sla":
            columns.append(_promised(side, rows, _sla_texts, "null"))
        else:
            columns.append(_gathered([text.decode() for text in side.numbering.texts], side.stages[stage][rows]))
    return _joined([*columns, pl.lit("}")], len(rows))


def target_entries(side: Numbered, rows: Codes) -> pl.Series:
    """The targets of some decisions of a side: for each a list of their names, lengths, due times and states."""
    kind = pl.List(pl.Struct({"target": pl.String, "within": pl.String, "due": pl.String, "state": pl.String}))
    return _promised(side, rows, _entries, []).cast(kind)


def _promised(side: Numbered, rows: Codes, of: Any, nothing: Any) -> pl.Series:
    """What is made of the promises of some decisions, group by group."""
    groups = side.group[rows]
    pieces: list[pl.Series] = []
    order = np.empty(len(rows), np.intp)
    done = 0
    for number in np.flatnonzero(np.bincount(groups)).tolist():
        places = np.flatnonzero(groups == number)
        order[places] = np.arange(done, done + len(places), dtype=np.intp)
        done += len(places)
        pieces.append(of(side.groups[number].sla, side.place[rows][places], nothing))
    return pl.concat(pieces).gather(order)


def _sla_texts(sla: SlaColumn, rows: Codes, nothing: str) -> pl.Series:
    count = len(rows)
    clock, by, calendar = sla.clock[rows], sla.by[rows], sla.calendar[rows]
    found = distinct([(clock, len(CLOCKS)), (by, len(sla.rules)), (calendar, len(sla.calendars))], count)
    heads = [
        f'{{"calendar":{_text(sla.calendars[calendar[at]])},"clock":{_text(CLOCKS[clock[at]])},'
        f'"by":{_text(sla.rules[by[at]])},"next_due":'
        for at in found.examples.tolist()
    ]
    columns = [_gathered(heads, found.places), _instants(sla.next_due[rows]), pl.lit(',"targets":{')]
    some: Flags = np.zeros(count, np.bool_)
    for name, target in sla.targets.items():
        told = _of(target, rows)
        has = told.promised()
        if has.any():
            columns.append(_target_texts(sla, name, told, rows, has, some))
            some = some | has
    texts = _joined([*columns, pl.lit("}}")], count)
    decided = clock > 0
    return _where(decided, texts, nothing)


def _target_texts(sla: SlaColumn, name: str, target: TargetColumn, rows: Codes, has: Flags, after: Flags) -> pl.Series:
    """A target of some decisions; nothing where it is not promised, a comma before it where one stands before."""
    spent, has_spent = target.elapsed, target.elapsed != NEVER
    left, over = np.maximum(target.within - spent, 0), np.maximum(spent - target.within, 0)
    columns: list[Any] = [
        _gathered([f'"{name}":{{"within":', f',"{name}":{{"within":'], after.astype(np.intp)),
        _durations(target.within),
        pl.lit(',"due":'),
        _instants(target.due),
        pl.lit(',"warn_at":'),
        _instants(target.warn_at),
        pl.lit(',"state":'),
        _gathered([_text(state) for state in STATES], target.states),
        pl.lit(',"started_at":'),
        _instants(target.started_at),
        pl.lit(',"met_at":'),
        _instants(target.met_at),
    ]
    for key, amounts in (("elapsed", spent), ("remaining", left), ("overrun", over)):
        columns += [pl.lit(f',"{key}":'), _durations(np.where(has_spent, amounts, NEVER))]
    if name in sla.counting:
        runs = pl.Series([_text(sla.runs.get((name, row), NO_RUNS)) for row in rows.tolist()], dtype=pl.String)
        columns += [pl.lit(',"runs":'), runs]
    texts = _joined([*columns, pl.lit("}")], len(rows))
    return _where(has, texts, "")


def _entries(sla: SlaColumn, rows: Codes, nothing: list[Any]) -> pl.Series:
    decided = sla.clock[rows] > 0
    targets = {name: _of(target, rows) for name, target in sla.targets.items()}
    has = {name: target.promised() & decided for name, target in targets.items()}
    found = distinct([(flags.astype(np.intp), 2) for flags in has.values()], len(rows))
    pieces: list[pl.Series] = []
    order = np.empty(len(rows), np.intp)
    done = 0
    # Decisions that are promised the same targets have lists of one length, which are cut from one long column.
    for number, example in enumerate(found.examples.tolist()):
        places = np.flatnonzero(found.places == number)
        order[places] = np.arange(done, done + len(places), dtype=np.intp)
        done += len(places)
        names = [name for name, flags in has.items() if flags[example]]
        pieces.append(_lists({name: _of(targets[name], places) for name in names}, len(places), nothing))
    return pl.concat(pieces).gather(order) if pieces else pl.Series([], dtype=pl.List(_ENTRY))


def _lists(targets: dict[str, TargetColumn], count: int, nothing: list[Any]) -> pl.Series:
    """A list of the same targets for each of some decisions."""
    if not targets:
        return pl.Series([nothing] * count, dtype=pl.List(_ENTRY))
    within = np.stack([target.within for target in targets.values()], axis=1).ravel()
    due = np.stack([target.due for target in targets.values()], axis=1).ravel()
    states = np.stack([target.states for target in targets.values()], axis=1).ravel()
    frame = pl.DataFrame({
        "target": _gathered(list(targets), np.tile(np.arange(len(targets)), count)),
        "within": _plain(_durations(within)),
        "due": _plain(_instants(due)),
        "state": _gathered(STATES, states),
    })  # fmt: skip
    return frame.to_struct().reshape((count, len(targets))).arr.to_list()


_ENTRY: Final = pl.Struct({"target": pl.String, "within": pl.String, "due": pl.String, "state": pl.String})


def _plain(texts: pl.Series) -> pl.Series:
    """JSON texts without their quotes; null for null."""
    return pl.select(pl.when(texts != "null").then(texts.str.strip_chars('"'))).to_series()


def _of(target: TargetColumn, rows: Codes) -> TargetColumn:
    names = ("within", "due", "warn_at", "started_at", "met_at", "elapsed", "states")
    return TargetColumn(*(getattr(target, name)[rows] for name in names))


def _text(value: Any) -> str:
    return _encode(value).decode()


def _joined(columns: Sequence[Any], count: int) -> pl.Series:
    if not count:
        return pl.Series([], dtype=pl.String)
    return pl.select(pl.concat_str(columns)).to_series()


def _where(flags: Flags, texts: pl.Series, otherwise: str) -> pl.Series:
    if flags.all():
        return texts
    return pl.select(pl.when(pl.Series(flags)).then(texts).otherwise(pl.lit(otherwise))).to_series()


def _gathered(texts: Sequence[str | None], codes: Codes) -> pl.Series:
    return pl.Series(list(texts), dtype=pl.String).gather(codes)


@lru_cache(maxsize=1)
def _clocks() -> pl.Series:
    """The times of a day, second by second, as they stand in an instant."""
    seconds = range(86_400)
    return pl.Series([f"T{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds], dtype=pl.String)


@lru_cache(maxsize=1)
def _tails() -> pl.Series:
    """What follows the hours of a duration, second by second."""
    return pl.Series([format_duration(s * _SECOND)[2:] if s else "" for s in range(3_600)], dtype=pl.String)


def _instants(micros: Whole) -> pl.Series:
    """Instants as JSON; NEVER is null."""
    there = micros != NEVER
    if not there.any():
        return _gathered(["null"], np.zeros(len(micros), np.intp))
    known = micros if there.all() else np.where(there, micros, 0)
    days, rest = np.divmod(known, _DAY)
    seconds, fraction = np.divmod(rest, _SECOND)
    first = int(days.min())
    found = distinct([((days - first).astype(np.intp), int(days.max()) - first + 1)], len(days))
    dates = ['"' + format_instant(day * _DAY)[:10] for day in days[found.examples].tolist()]
    end: Any = pl.lit('Z"')
    if fraction.any():
        parts = pl.Series(fraction).cast(pl.String).str.zfill(6)
        end = pl.when(pl.Series(fraction > 0)).then(pl.concat_str([pl.lit("."), parts, pl.lit('Z"')])).otherwise(end)
    texts = _joined([_gathered(dates, found.places), _clocks().gather(seconds), end], len(micros))
    return _where(there, texts, "null")


def _durations(micros: Whole) -> pl.Series:
    """Durations as JSON; NEVER is null."""
    there = micros != NEVER
    known = micros if there.all() else np.where(there, micros, 0)
    hours, rest = np.divmod(known, _HOUR)
    seconds, fraction = np.divmod(rest, _SECOND)
    if fraction.any() or (len(hours) and (hours.min() < 0 or hours.max() > 1_000_000)):
        texts = [f'"{format_duration(one)}"' for one in known.tolist()]
        found = pl.Series(texts, dtype=pl.String)
    else:
        table = [f'"PT{hour}H' if hour else '"PT' for hour in range(int(hours.max()) + 1)] if len(hours) else []
        nothing = pl.when(pl.Series(known == 0)).then(pl.lit('0S"')).otherwise(pl.lit('"'))
        found = _joined([_gathered(table, hours), _tails().gather(seconds), nothing], len(micros))
    return _where(there, found, "null")
