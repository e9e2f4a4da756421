"""What is written of decisions, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from engine.bulk import Codes

from ..bulk import decision_texts, target_entries
from ..findings import MOMENTS, Asked, Decided, Flips

HEAD: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "ticket": pl.String(),
    "decision": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}
TARGETS: Final = pl.List(pl.Struct({"target": pl.String, "within": pl.String, "due": pl.String, "state": pl.String}))
SIDE: Final[dict[str, tuple[pl.DataType, tuple[str, ...]]]] = {
    "admission": (pl.String(), ("admission", "outcome")),
    "kind": (pl.String(), ("classification", "kind")),
    "level": (pl.String(), ("priority", "level")),
    "calendar": (pl.String(), ("sla", "calendar")),
    "group": (pl.String(), ("assignment", "group")),
    "agent": (pl.String(), ("assignment", "agent")),
    "escalate_to": (pl.String(), ("escalation", "to")),
    "escalate_level": (pl.Int64(), ("escalation", "level")),
}
"""The columns of a side: their types, and the parts and keys of a decision that they hold."""


def part_frame(asked: Asked, sides: Mapping[str, Decided], flips: Flips) -> pl.DataFrame:
    """The decisions of sides at some moments, with what differs between two of them."""
    columns = [
        pl.Series("row", asked.rows, dtype=pl.Int64),
        asked.tickets.alias("ticket"),
        _gathered(MOMENTS, asked.moments).alias("decision"),
        pl.Series("at", asked.at).cast(pl.Datetime("us", "UTC")),
    ]
    for name, decided in sides.items():
        columns += [column.alias(f"{name}_{column.name}") for column in _told(decided)]
    if len(sides) > 1:
        stages = [list(dict.fromkeys(flip.stage for flip in kind)) for kind in flips.kinds]
        columns.append(pl.Series("changed", stages, dtype=pl.List(pl.String)).gather(flips.codes))
    return pl.DataFrame(columns)


def _told(decided: Decided) -> list[pl.Series]:
    numbered, rows = decided.of, decided.rows
    columns = [_gathered(numbered.versions, numbered.version[rows]).alias("version")]
    for name, (kind, (stage, key)) in SIDE.items():
        if stage == "sla":
            calendars = [None if promise is None else promise.calendar for promise in numbered.promises]
            columns.append(_gathered(calendars, decided.promises(), kind).alias(name))
            continue
        numbers = decided.numbers(stage)
        met = pl.Series(numbers).unique().to_list()
        values: list[Any] = [None] * len(numbered.numbering.parts)
        for number in met:
            part = numbered.numbering.parts[number]
            values[number] = part[key] if part else None
        columns.append(_gathered(values, numbers, kind).alias(name))
    return [
        *columns,
        target_entries(numbered, rows).alias("targets"),
        decision_texts(numbered, rows).alias("decision"),
    ]


def _gathered(values: Any, codes: Codes, kind: pl.DataType | None = None) -> pl.Series:
    return pl.Series(list(values), dtype=kind or pl.String()).gather(codes)
