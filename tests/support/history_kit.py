"""Reads histories for tests: what is asked of a rulebook for each row, without a rulebook."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine import Catalogue
from engine.bulk.reading import nested, placed
from simulations import Progress, Summary, open_mapped, output_folder, replay, side_of
from simulations.mappings import HistoryMapping
from simulations.replay.asks import asks_of
from simulations.replay.known import known_columns
from simulations.replay.order import read_order
from simulations.replay.pieces import PieceReader
from simulations.replay.plan import Plan
from simulations.replay.requests import Requests
from simulations.replay.rows import Batch, RowReader

SMALL_DESK = """\
rulebook: small-desk
version: 1.0.0
in_force: {from: 2016-01-01}
title: Small desk
facts:
  ticket.impact: [low, high]
"""
"""How the rulebooks of small desks begin."""
Asked = dict[tuple[int, str], dict[str, Any]]
"""Requests by row (from 1) and moment."""


def batches_of(history: str | Path, mapping: Path) -> tuple[HistoryMapping, list[Batch], list[frozenset[int]]]:
    """The batches of a history, and the positions of first rows in each."""
    opened, found = open_mapped(history, mapping)
    order = read_order(opened, found.mapping, lambda rows: None)
    reader = RowReader(found.mapping, order.readers, order.courses, order.repeated)
    batches = [reader.read(table) for table in opened.tables(found.mapping.columns(), found.mapping.absent)]
    firsts = [frozenset(order.first.within(batch.start, batch.start + len(batch))) for batch in batches]
    return found.mapping, batches, firsts


def asked_of(history: str | Path, mapping: Path) -> Asked:
    """What is asked for every row that is read without a fault: at its event, and for first rows at the opening."""
    said, batches, firsts = batches_of(history, mapping)
    found: Asked = {}
    for batch, first in zip(batches, firsts, strict=True):
        requests = Requests(said, batch, Counter())
        for row in range(len(batch)):
            opened, moment = batch.opened[row], batch.event_at[row] if batch.event_at else None
            if row in batch.misread:
                continue
            if opened is not None and row in first and said.rows != "decision":
                found[batch.start + row + 1, "opening"] = requests.at_opening(row, opened)
            if moment is not None:
                found[batch.start + row + 1, "event"] = requests.as_it_stood(row, moment)
    return found


def asked_by_columns(history: str | Path, mapping: Path) -> Asked:
    """What is asked on a history by columns: the same, but for rows of which something could not be read."""
    opened, said = open_mapped(history, mapping)
    own = said.mapping
    order = read_order(opened, own, lambda rows: None)
    reader = PieceReader(own, order.readers, order.courses, order.repeated)
    found: Asked = {}
    for table in opened.tables(own.columns(), own.absent, own.typed_columns()):
        piece = reader.read(table)
        first, last = (ends.flags(piece.start, piece.start + len(piece)) for ends in (order.first, order.last))
        for wanted in asks_of(piece, own, first, last).wanted[:2]:
            columns = placed(known_columns(piece, own, wanted, Counter()))
            for at, row in enumerate(wanted.rows.tolist()):
                found[piece.start + row + 1, wanted.moment] = nested(columns, at)
    return found


def replayed(history: str | Path, mapping: Path, rulebook: Path, out: Path | None = None) -> Summary:
    """A replay by the one rulebook of a file."""
    opened, found = open_mapped(history, mapping)
    name = rulebook.read_text().split("\n")[0].removeprefix("rulebook: ")
    plan = Plan(opened, found.mapping, (side_of("baseline", name, Catalogue.of_files([rulebook])),))
    return replay(plan) if out is None else written(plan, out)


def written(plan: Plan, out: Path, progress: Progress | None = None, *, resume: bool = False) -> Summary:
    """A replay with its files, as the command writes them."""
    with output_folder(out, plan, resume=resume) as folder:
        summary = replay(plan, folder, progress)
        folder.write_summary({**summary.plain(), "files": folder.finish()})
    return summary


def csv_text(head: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, head, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
