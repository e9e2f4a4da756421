"""What is to be replayed, and who is told of the progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..findings import Guardrail, Size, seed_of
from ..histories import History
from ..mappings import HistoryMapping
from .sides import Side


@dataclass(frozen=True, slots=True)
class Plan:
    """A history, read through a mapping, decided by one or two sides; ``limit`` takes its first rows only.

    ``by`` are the facts by which the findings are broken down; ``language`` is that of the reasons of opened decisions,
    None: that of the request.
    """

    history: History
    mapping: HistoryMapping
    sides: tuple[Side, ...]
    limit: int | None = None
    by: Sequence[str] = ()
    guardrails: Sequence[Guardrail] = ()
    language: str | None = None

    @property
    def taken(self) -> History:
        """The part of the history that is taken."""
        return self.history if self.limit is None else self.history.first(self.limit)

    @property
    def seed(self) -> int:
        """The seed of all that is drawn."""
        return seed_of(self.history.sha256, self.mapping.sha256)


@dataclass(frozen=True, slots=True)
class Progress:
    """Who is told: of rows looked through, of the size once it is known, and of rows decided."""

    seen: Callable[[int], None] = lambda rows: None
    sized: Callable[[Size], None] = lambda size: None
    decided: Callable[[int], None] = lambda rows: None
