"""Which columns could record targets: when they were due, and whether they were met."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .rows import RowsGuess
from .sample import Column, Sample
from .text import beside, quoted
from .words import plain

_DUE: Final = re.compile(r"\b(due|deadline|sla target|target d(a)?t|target date|promised|must be)")
_MET: Final = re.compile(r"\b(on ?time|made sla|sla met|met sla|in ?time|breach|overdue|violat|missed|sla status)")
_FIRST: Final = re.compile(r"\b(response|respond|reply|ack)")
_YES: Final = ("true", "yes", "y", "1", "met", "ontime", "on time", "in time", "kept", "ok")
_NO: Final = ("false", "no", "n", "0", "missed", "overdue", "late", "breached", "violated", "not met")
_FEW: Final = 4


def is_due(name: str) -> bool:
    """Whether the name of a column speaks of when something was due."""
    return _DUE.search(plain(name)) is not None


def is_verdict(column: Column) -> bool:
    """Whether a column says that a target was met or missed."""
    return _MET.search(plain(column.name)) is not None and 0 < column.distinct <= _FEW


def promise_lines(sample: Sample, rows: RowsGuess) -> Iterator[str]:
    """The entries of `recorded` on targets."""
    dues = [name for name in rows.instants if is_due(name)]
    verdicts = [column for column in sample.columns.values() if is_verdict(column)]
    targets = dict.fromkeys([_target(name) for name in (*dues, *(column.name for column in verdicts))])
    if not targets:
        return
    yield beside("  sla.targets:", "? compared as at the end of each ticket; are these the rulebook's names of targets")
    for target in targets:
        yield f"    {target}:"
        for name in [name for name in dues if _target(name) == target][:1]:
            yield beside(f"      due: {quoted(name)}", sample.columns[name].evidence)
        for column in [column for column in verdicts if _target(column.name) == target][:1]:
            yield from _verdict(column)


def _verdict(column: Column) -> Iterator[str]:
    # `breached: true` says the opposite of `met: true`.
    inverse = re.search(r"breach|overdue|violat|missed", plain(column.name)) is not None
    yield "      state:"
    yield beside(f"        column: {quoted(column.name)}", column.evidence)
    yield "        values:"
    for text in column.texts(_FEW):
        folded = text.casefold()
        said = True if folded in _YES else False if folded in _NO else None
        state = "null" if said is None else "breached" if said is inverse else "met"
        line = f"          {quoted(text)}: {state}"
        yield line if said is not None else beside(line, "? one of met, breached")


def _target(name: str) -> str:
    return "first_response" if _FIRST.search(plain(name)) else "resolution"
