"""The decisions of a replay in parts: Parquet files that are whole as they stand, so that a replay can go on from them.

A part holds a fixed number of decisions; where parts end does not depend on when a replay was broken off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import polars as pl
from polars.io.plugins import register_io_source

from ..findings import Ask, Asked, Decided, Flips
from .part_frames import HEAD, SIDE, TARGETS, part_frame
from .sides import Answer

PART_ROWS: Final = 25_000


class PartMade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finished part: its file, its SHA-256, and how many decisions it holds."""

    file: str
    sha256: str
    decisions: int


class PartWriter:
    """Collects decisions and writes them part by part, so that memory does not grow."""

    def __init__(self, folder: Path, sides: tuple[str, ...], number: int, rows: int) -> None:
        """`number` is that of the next part, ``rows`` how many decisions make one."""
        self._folder = folder
        self._sides = sides
        self._number = number
        self._rows = rows
        self._schema = _schema(sides)
        self._written: list[tuple[Any, ...]] = []
        self._frames: list[pl.DataFrame] = []

    def add(self, ask: Ask, answers: Sequence[Answer], changed: tuple[str, ...]) -> PartMade | None:
        """Add the decisions of every side at a moment; gives the part that they fill."""
        said = [value for answer in answers for value in (answer.version, *_values(answer.decision))]
        changes = (list(changed),) if len(self._sides) > 1 else ()
        self._written.append((ask.row, ask.ticket, ask.moment, ask.at, *said, *changes))
        return self.flush() if len(self._written) >= self._rows else None

    @property
    def room(self) -> int:
        """How many decisions are missing to a part."""
        return self._rows - sum(frame.height for frame in self._frames)

    def add_many(self, asked: Asked, decided: Sequence[Decided], flips: Flips) -> PartMade | None:
        """Add the decisions of every side at many moments, no more than there is room for."""
        self._frames.append(part_frame(asked, dict(zip(self._sides, decided, strict=True)), flips))
        return self.flush() if not self.room else None

    def flush(self) -> PartMade | None:
        """Write what is left as the last part; of nothing, only the first part is written."""
        frame = pl.concat([*self._frames, *([self._collected()] if self._written or not self._frames else [])])
        if not frame.height and self._number:
            return None
        path = self._folder / f"{self._number:06d}.parquet"
        unfinished = path.with_suffix(".unfinished")
        frame.rechunk().write_parquet(unfinished, compression="lz4")
        unfinished.replace(path)
        self._number += 1
        self._written, self._frames = [], []
        return PartMade(path.name, sha256(path), frame.height)

    def _collected(self) -> pl.DataFrame:
        """What was added one by one."""
        decisions = len(self._written)
        names = [f"{side}_targets" for side in self._sides]
        columns = zip(*self._written, strict=True) if decisions else ((),) * len(self._schema)
        frame = pl.DataFrame(
            dict(zip(self._schema, columns, strict=True)), schema={**self._schema, **dict.fromkeys(names, pl.String())}
        )
        # Polars reads nested values much faster from JSON than from Python objects.
        return frame.with_columns(pl.col(name).str.json_decode(TARGETS) for name in names)


class PartReader:
    """The decisions of finished parts, taken in the order in which they were added."""

    def __init__(self, folder: Path, sides: tuple[str, ...], made: Sequence[PartMade]) -> None:
        self._rows = _rows(folder, sides, made)
        self._next = next(self._rows, None)

    def take(self, ask: Ask) -> Sequence[Answer] | None:
        """The decisions at a moment; None: it was not decided then, or lies behind the last part."""
        if self._next is None or self._next[0] != (ask.row, ask.moment):
            return None
        answers = self._next[1]
        self._next = next(self._rows, None)
        return answers


def join_parts(folder: Path, made: Sequence[PartMade], target: Path) -> None:
    """Write all decisions to one file, in the order in which they were added; one part is held at a time."""
    paths = [folder / part.file for part in made]

    # Polars itself would read many files ahead of what it writes.
    def frames(*_: Any) -> Iterator[pl.DataFrame]:
        return (pl.read_parquet(path, glob=False) for path in paths)

    register_io_source(frames, schema=pl.read_parquet_schema(paths[0])).sink_parquet(
        target, compression="zstd", row_group_size=PART_ROWS, maintain_order=True, engine="streaming"
    )


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _rows(
    folder: Path, sides: tuple[str, ...], made: Sequence[PartMade]
) -> Iterator[tuple[tuple[int, str], Sequence[Answer]]]:
    own = [f"{side}_{name}" for side in sides for name in ("version", "decision")]
    for part in made:
        frame = pl.read_parquet(folder / part.file, columns=["row", "decision", *own])
        for row, moment, *said in frame.rows():
            pairs = zip(said[::2], said[1::2], strict=True)
            yield (row, moment), [Answer(version, msgspec.json.decode(text)) for version, text in pairs]


def _schema(sides: tuple[str, ...]) -> dict[str, pl.DataType]:
    schema = dict(HEAD)
    for side in sides:
        schema |= {f"{side}_version": pl.String()}
        schema |= {f"{side}_{name}": kind for name, (kind, _) in SIDE.items()}
        schema |= {f"{side}_targets": TARGETS, f"{side}_decision": pl.String()}
    return schema | ({"changed": pl.List(pl.String)} if len(sides) > 1 else {})


def _targets(sla: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    targets = sla["targets"] if sla else {}
    return [
        {"target": name, **{key: target[key] for key in ("within", "due", "state")}} for name, target in targets.items()
    ]


def _values(decision: Mapping[str, Any]) -> tuple[Any, ...]:
    """What is written of a decision."""
    parts = [(decision[stage], key) for _, (stage, key) in SIDE.values()]
    targets = msgspec.json.encode(_targets(decision["sla"])).decode()
    return *(part[key] if part else None for part, key in parts), targets, msgspec.json.encode(decision).decode()
