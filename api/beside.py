"""What settings have done beside decisions: writing them down, and having candidates decide in the shadow."""

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from .backlog import CAUSES
from .decision_log import DecisionLog, builder_of, decision_log, orders_of, own_number
from .observers import Observer
from .settings import Settings
from .shadow import Shadows
from .shelf import Shelf
from .telemetry import LOG_LOST, LOG_WAITING, LOGGED, SHADOWED, Sample


@dataclass(frozen=True, slots=True)
class Beside:
    """The decision log and the shadows of one worker, as far as settings ask for them."""

    log: DecisionLog | None
    shadows: Shadows | None

    @property
    def observers(self) -> tuple[Observer, ...]:
        """What is told each decision."""
        return tuple(observer for observer in (self.log, self.shadows) if observer is not None)

    def samples(self) -> Iterable[Sample]:
        """The figures of both, as metrics."""
        if self.log is not None:
            found = self.log.figures()
            yield Sample(LOGGED, (), found["written"])
            yield Sample(LOG_WAITING, (), found["waiting"])
            yield from (Sample(LOG_LOST, (cause,), found[f"lost_{cause}"]) for cause in CAUSES)
        if self.shadows is not None:
            found = self.shadows.figures()
            yield from (
                Sample(SHADOWED, (outcome,), found[outcome]) for outcome in ("same", "different", "failed", "lost")
            )

    def shown(self) -> dict[str, Any]:
        """How the shadows stand, as JSON data."""
        none: dict[str, Any] = {"worker": own_number(), "waiting": 0, "lost": 0, "shadows": []}
        return self.shadows.shown() if self.shadows else none

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write and compare from now on. Shadows end first, since the log takes what they find."""
        async with AsyncExitStack() as stack:
            for one in (self.log, self.shadows):
                if one is not None:
                    await stack.enter_async_context(one.running())
            yield


def beside_decisions(shelf: Shelf, settings: Settings) -> Beside:
    """What these settings ask for.

    Raises OSError when the key of the masks cannot be read, RulebookFaults when the file of a candidate has faults,
    UnknownCandidate when there is no such candidate, and EngineFault when the engine cannot take it.
    """
    orders = orders_of(settings)
    log = decision_log(orders)
    return Beside(log, Shadows(shelf, settings, builder_of(orders), log) if settings.shadow else None)
