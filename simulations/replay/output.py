"""The folder that a replay writes: whole or not at all.

Everything is written to a hidden folder beside the results and moved when whole, `summary.json` last. The same history,
mapping and rulebooks give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import polars as pl

from ..mappings import Instant
from .agreement import Moment

DECISIONS: Final = "decisions.parquet"
SET_ASIDE: Final = "set_aside.csv"
SUMMARY: Final = "summary.json"

_PART_ROWS: Final = 5_000
_HEAD: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "ticket": pl.String(),
    "decision": pl.String(),
    "at": pl.Datetime("us", "UTC"),
}
_TARGETS: Final = pl.List(pl.Struct({"target": pl.String, "within": pl.String, "due": pl.String, "state": pl.String}))
_SIDE: Final[dict[str, tuple[pl.DataType, tuple[str, ...]]]] = {
    "admission": (pl.String(), ("admission", "outcome")),
    "kind": (pl.String(), ("classification", "kind")),
    "level": (pl.String(), ("priority", "level")),
    "calendar": (pl.String(), ("sla", "calendar")),
    "group": (pl.String(), ("assignment", "group")),
    "agent": (pl.String(), ("assignment", "agent")),
    "escalate_to": (pl.String(), ("escalation", "to")),
    "escalate_level": (pl.Int64(), ("escalation", "level")),
}


class DecisionsFile:
    """Collects decisions as Parquet parts, so that memory does not grow, and joins them at the end."""

    def __init__(self, folder: Path, sides: tuple[str, ...]) -> None:
        self._folder = folder / "parts"
        self._folder.mkdir()
        self._sides = sides
        self._schema = _schema(sides)
        self._columns: dict[str, list[Any]] = {name: [] for name in self._schema}
        self._targets = [f"{side}_targets" for side in sides]
        self._parts: list[Path] = []

    def add(
        self, row: int, ticket: str, moment: Moment, at: Instant, decisions: Mapping[str, Any], changed: tuple[str, ...]
    ) -> None:
        """Add the decisions of every side on one ticket at one instant; ``row`` counts from 0."""
        columns = self._columns
        for name, value in zip(_HEAD, (row + 1, ticket, moment, at.micros), strict=True):
            columns[name].append(value)
        for side in self._sides:
            decision = decisions[side]
            for name, (_, (stage, key)) in _SIDE.items():
                part = decision[stage]
                columns[f"{side}_{name}"].append(part[key] if part else None)
            columns[f"{side}_targets"].append(msgspec.json.encode(_targets(decision["sla"])).decode())
            columns[f"{side}_decision"].append(msgspec.json.encode(decision).decode())
        if len(self._sides) > 1:
            columns["changed"].append(list(changed))
        if len(columns["row"]) >= _PART_ROWS:
            self._flush()

    def finish(self, target: Path) -> None:
        """Write all decisions to one file, in the order in which they were added."""
        self._flush()
        pl.scan_parquet(self._parts, glob=False).sink_parquet(
            target, compression="zstd", row_group_size=_PART_ROWS, maintain_order=True, engine="streaming"
        )
        shutil.rmtree(self._folder)

    def _flush(self) -> None:
        if self._parts and not self._columns["row"]:
            return
        part = self._folder / f"{len(self._parts):06d}.parquet"
        frame = pl.DataFrame(self._columns, schema={**self._schema, **dict.fromkeys(self._targets, pl.String())})
        # Polars reads nested values much faster from JSON than from Python objects.
        frame.with_columns(pl.col(name).str.json_decode(_TARGETS) for name in self._targets).write_parquet(part)
        self._parts.append(part)
        self._columns = {name: [] for name in self._schema}


def _schema(sides: tuple[str, ...]) -> dict[str, pl.DataType]:
    schema = dict(_HEAD)
    for side in sides:
        schema |= {f"{side}_{name}": kind for name, (kind, _) in _SIDE.items()}
        schema |= {f"{side}_targets": _TARGETS, f"{side}_decision": pl.String()}
    return schema | ({"changed": pl.List(pl.String)} if len(sides) > 1 else {})


def _targets(sla: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    targets = sla["targets"] if sla else {}
    return [
        {"target": name, **{key: target[key] for key in ("within", "due", "state")}} for name, target in targets.items()
    ]


class OutputFolder:
    """The hidden folder while it is being filled."""

    def __init__(self, folder: Path, sides: tuple[str, ...]) -> None:
        self.folder = folder
        self.decisions = DecisionsFile(folder, sides)
        self.set_aside: IO[str] = (folder / SET_ASIDE).open("w", encoding="utf-8", newline="")

    def finish(self) -> dict[str, str]:
        """Close the files of rows and give the SHA-256 of each."""
        self.set_aside.close()
        self.decisions.finish(self.folder / DECISIONS)
        return {name: _sha256(self.folder / name) for name in (DECISIONS, SET_ASIDE)}

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, as JSON with sorted keys."""
        text = msgspec.json.format(msgspec.json.encode(summary, order="sorted"), indent=2) + b"\n"
        (self.folder / SUMMARY).write_bytes(text)


@contextmanager
def output_folder(out: Path, sides: tuple[str, ...]) -> Iterator[OutputFolder]:
    """A folder to fill, whose files stand in ``out`` once the block ends well; when it does not, nothing is left.

    Raises:
        OSError: when the folder cannot be made or written.
    """
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    hidden = Path(tempfile.mkdtemp(prefix=".replay-", dir=out))
    folder: OutputFolder | None = None
    try:
        folder = OutputFolder(hidden, sides)
        yield folder
        for name in (DECISIONS, SET_ASIDE, SUMMARY):
            os.replace(hidden / name, out / name)
        made = False
    finally:
        if folder is not None:
            folder.set_aside.close()
        shutil.rmtree(hidden, ignore_errors=True)
        if made:
            with suppress(OSError):
                out.rmdir()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
