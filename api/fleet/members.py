"""The workers, as whoever coordinates them sees them. Says nothing of whether they are processes."""

from collections.abc import Sequence
from typing import Protocol

from ..wire import Receipt
from .editions import Edition
from .fleet import Figures
from .parts import Part


class Gone(Exception):
    """A worker has ended, or answers no more."""


class Unfit(Exception):
    """A worker cannot take a set; the message says why."""


class Member(Protocol):
    """One worker. A set is prepared first and put in use later, each under the number of the attempt."""

    number: int
    """Its place among the workers, from 1."""
    pid: int
    digest: str
    """Of the set that it answers with."""

    async def prepare(self, attempt: int, parts: Sequence[Part]) -> Edition:
        """Compile a set beside the one in use. Raises Gone and Unfit."""
        ...

    async def swap(self, attempt: int) -> None:
        """Answer with the prepared set from now on; returns when it does. Raises Gone."""
        ...

    def forget(self, attempt: int) -> None:
        """Let go of a prepared set."""
        ...

    def tell(self, receipt: Receipt, figures: Figures) -> None:
        """Make known what came of a reload."""
        ...

    def end(self) -> None:
        """End it at once: it does not do what it should, and shall not go on answering with another set."""
        ...
