"""What is to be replayed, and who is told of the progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..histories import History
from ..mappings import HistoryMapping
from .sides import Side
from .summary import Size


@dataclass(frozen=True, slots=True)
class Plan:
    """A history, read through a mapping, decided by one or two sides; ``limit`` takes its first rows only."""

    history: History
    mapping: HistoryMapping
    sides: tuple[Side, ...]
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is told: of rows looked through, of the size once it is known, and of rows decided."""

    seen: Callable[[int], None] = lambda rows: None
    sized: Callable[[Size], None] = lambda size: None
    decided: Callable[[int], None] = lambda rows: None
