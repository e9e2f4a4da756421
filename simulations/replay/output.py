"""The folder that a replay writes.

While it runs, finished parts and their manifest stand in the subfolder `unfinished`; the results are moved into place
when whole, `summary.json` last, and the subfolder goes. What breaks off leaves the finished parts, which a later run
can take over, and the results of an earlier run as they were. The same inputs give the same bytes, however often it
broke off.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

import msgspec
import numpy as np

from ..findings import Ask, Asked, Decided, Flips
from . import parts
from .parts import PartMade, PartReader, PartWriter, join_parts, sha256
from .plan import Plan
from .sides import Answer, Side

DECISIONS: Final = "decisions.parquet"
SET_ASIDE: Final = "set_aside.csv"
SUMMARY: Final = "summary.json"
UNFINISHED: Final = "unfinished"
MANIFEST: Final = "manifest.json"


class CannotResume(Exception):
    """There is nothing to go on from, or it was made of other inputs: the message is one line."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What finished parts were made of, and the versions that were met up to their end, with their digests."""

    inputs: dict[str, Any]
    parts: list[PartMade]
    versions: dict[str, dict[str, str]]


class OutputFolder:
    """The subfolder while it is being filled."""

    def __init__(self, folder: Path, plan: Plan, manifest: Manifest) -> None:
        self.folder = folder
        self._sides: Sequence[Side] = plan.sides
        self._names = tuple(side.name for side in plan.sides)
        self._inputs = manifest.inputs
        self._parts = list(manifest.parts)
        # By columns, what finished parts hold is decided anew, which is quicker than reading it, and not written again.
        self._known = self.decisions
        self._writer = PartWriter(folder, self._names, len(self._parts), parts.PART_ROWS)
        self._reader = PartReader(folder, self._names, self._parts)
        self.set_aside: IO[str] = (folder / SET_ASIDE).open("w", encoding="utf-8", newline="")
        for side in plan.sides:
            side.digests.update(manifest.versions.get(side.name, {}))

    @property
    def decisions(self) -> int:
        """How many decisions the finished parts hold."""
        return sum(part.decisions for part in self._parts)

    def earlier(self, ask: Ask) -> Sequence[Answer] | None:
        """The decisions at a moment, if a finished part holds them; to be asked in the order of the replay."""
        return self._reader.take(ask)

    def add(self, ask: Ask, answers: Sequence[Answer], changed: tuple[str, ...]) -> None:
        """Add the decisions of every side at a moment."""
        part = self._writer.add(ask, answers, changed)
        if part is not None:
            self._note(part)

    @property
    def known(self) -> int:
        """How many of the decisions that are still to be added finished parts hold already."""
        return self._known

    def add_many(self, asked: Asked, decided: Sequence[Decided], flips: Flips, on_part: Callable[[], None]) -> None:
        """Add the decisions of every side at many moments, but for those that finished parts hold."""
        start = min(self._known, len(asked))
        self._known -= start
        while start < len(asked):
            stop = min(len(asked), start + self._writer.room)
            some = np.arange(start, stop, dtype=np.intp)
            kinds = Flips(flips.codes[some], flips.kinds)
            part = self._writer.add_many(asked.take(some), [side.take(some) for side in decided], kinds)
            if part is not None:
                self._note(part)
                on_part()
            start = stop

    def finish(self) -> dict[str, str]:
        """Close the files of rows and give the SHA-256 of each."""
        self.set_aside.close()
        part = self._writer.flush()
        if part is not None:
            self._note(part)
        join_parts(self.folder, self._parts, self.folder / DECISIONS)
        return {name: sha256(self.folder / name) for name in (DECISIONS, SET_ASIDE)}

    def write_summary(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, as JSON with sorted keys."""
        _write(self.folder / SUMMARY, summary)

    def _note(self, part: PartMade) -> None:
        self._parts.append(part)
        versions = {side.name: dict(side.digests) for side in self._sides}
        unfinished = self.folder / f"{MANIFEST}.unfinished"
        _write(unfinished, Manifest(self._inputs, self._parts, versions))
        unfinished.replace(self.folder / MANIFEST)


@contextmanager
def output_folder(out: Path, plan: Plan, *, resume: bool = False) -> Iterator[OutputFolder]:
    """A folder to fill, whose files stand in ``out`` once the block ends well.

    When it does not, the finished parts are left, if there are any, for a run that is to ``resume``.

    Raises:
        CannotResume: when nothing is left of an earlier run, or it had other inputs.
        OSError: when the folder cannot be made or written.
    """
    made = not out.exists()
    hidden = out / UNFINISHED
    manifest = _left(hidden, plan) if resume else Manifest(_inputs(plan), [], {})
    if not resume:
        out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(hidden, ignore_errors=True)
        hidden.mkdir()
    folder: OutputFolder | None = None
    whole = False
    try:
        folder = OutputFolder(hidden, plan, manifest)
        yield folder
        for name in (DECISIONS, SET_ASIDE, SUMMARY):
            os.replace(hidden / name, out / name)
        whole = True
    finally:
        if folder is not None:
            folder.set_aside.close()
        if whole or not (hidden / MANIFEST).exists():
            shutil.rmtree(hidden, ignore_errors=True)
        if made and not whole:
            with suppress(OSError):
                out.rmdir()


def finished_decisions(out: Path) -> int:
    """How many decisions a replay that broke off has left in a folder."""
    try:
        manifest = msgspec.json.decode((out / UNFINISHED / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        return 0
    return sum(part.decisions for part in manifest.parts)


def _left(hidden: Path, plan: Plan) -> Manifest:
    path = hidden / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise CannotResume(f"{hidden.parent}: there is no replay to go on from") from None
    except msgspec.DecodeError as error:
        raise CannotResume(f"{path}: {str(error).lower()}") from None
    wanted = msgspec.json.decode(msgspec.json.encode(_inputs(plan)))
    other = [key for key in wanted if manifest.inputs.get(key) != wanted[key]]
    if other:
        raise CannotResume(f"{path}: the replay that broke off had another {other[0]}; start anew without --resume")
    for part in manifest.parts:
        if not (hidden / part.file).is_file() or sha256(hidden / part.file) != part.sha256:
            raise CannotResume(f"{hidden / part.file}: the part is not as it was written; start anew without --resume")
    return manifest


def _inputs(plan: Plan) -> dict[str, Any]:
    # Facts to break down by and guardrails may differ: they are counted anew.
    sides = {side.name: {"rulebook": str(side), "digests": side.known_digests()} for side in plan.sides}
    return {
        "history": plan.history.sha256,
        "mapping": plan.mapping.sha256,
        "limit": plan.limit,
        **sides,
        "sides": list(sides),
        "part": parts.PART_ROWS,
    }


def _write(path: Path, data: Any) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(data, order="sorted"), indent=2) + b"\n")
