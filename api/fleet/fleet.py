"""What a worker knows of all workers: the door between the routes and whoever coordinates them."""

from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from ..wire import Receipt


class Figures(NamedTuple):
    """Figures of all workers together."""

    generation: int
    """How many sets have been put in use."""
    reloads: dict[str, int]
    """Reloads since the start, by outcome: `replaced`, `unchanged`, `refused`."""
    last_reload_seconds: float
    """How long the last one took; before the first, how long it took to load."""
    last_success: float
    """When the set in use was last found to be what its source holds, in seconds since 1970."""
    workers: int
    """Workers that answer."""
    restarts: int
    """Workers that ended unasked and were replaced."""


class Fleet(Protocol):
    """All workers, as one of them sees them."""

    draining: bool
    """Whether this worker takes no new calls and is about to end."""

    @property
    def receipt(self) -> Receipt:
        """Of the last reload, or of the start."""
        ...

    def figures(self) -> Figures:
        """The figures of all workers."""
        ...

    async def reload(self) -> Receipt:
        """Read the rulebooks again; returns when every worker answers with them, or they are refused."""
        ...

    def accompany(self) -> AbstractAsyncContextManager[None]:
        """What must run beside the service in this worker."""
        ...
