"""What an engine is: a way to find the rows that apply, stage after stage. Knows of no particular one."""

from collections.abc import Callable, Sequence
from typing import Final, Literal, Protocol

EngineName = Literal["bitmap", "rete"]
ENGINES: Final[tuple[EngineName, ...]] = ("bitmap", "rete")
"""`bitmap` looks rows up in their tables; `rete` is durable-rules, an extra."""

Conclude = Callable[[int, int], int | None]
"""Runs a stage: takes its place and the bitmap of the rows that apply; gives the place of the next stage, if any."""


class EngineUnavailable(Exception):
    """The engine that was asked for cannot be used here; the message says why and what to do."""


class EngineFault(Exception):
    """An engine failed, or cannot take a rulebook; the message says which and why."""


class Chain(Protocol):
    """The stages of a rulebook in an engine that runs them itself, one setting off the next."""

    def run(self, cells: Sequence[int], conclude: Conclude) -> None:
        """Run the stages from the first one on. `cells` are read when a stage begins, so earlier results count.

        Raises EngineFault, and whatever `conclude` raises.
        """
        ...
