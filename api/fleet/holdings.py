"""The compiled rulebooks of one worker: what it answers with, and what it has prepared to answer with next.

Rulebooks of a folder that did not change are kept as they are, and not compiled again.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from engine import Catalogue, EngineFault, EngineName, EngineUnavailable

from ..clock import now
from .editions import Edition, edition_of
from .members import Unfit

Loads: TypeAlias = Mapping[str, Callable[[], Sequence[Any]]]
"""By the key of each part, what gives its rulebooks."""

_SWITCH: Final = 0.0005
"""Seconds after which a thread that compiles lets the one that answers calls go on; Python's own is ten times that."""


class Holdings:
    """What one worker has compiled. `prepare` may run beside all else, in one thread at a time."""

    def __init__(self, engine: EngineName) -> None:
        self._engine = engine
        self._parts: dict[str, Catalogue] = {}
        self._prepared: dict[int, tuple[dict[str, Catalogue], Catalogue]] = {}

    @property
    def keys(self) -> frozenset[str]:
        """The parts of the set in use."""
        return frozenset(self._parts)

    def prepare(self, attempt: int, loads: Loads) -> Edition:
        """Compile a set. Raises Unfit where the engine cannot take it."""
        try:
            with _yielding():
                parts = {key: self._parts.get(key) or self._compiled(load()) for key, load in loads.items()}
        except (EngineFault, EngineUnavailable) as error:
            raise Unfit(str(error)) from error
        whole = Catalogue.joined(parts.values(), clock=now)
        self._prepared[attempt] = parts, whole
        return edition_of(whole)

    def take(self, attempt: int) -> Catalogue:
        """The catalogue of a prepared set, which is in use from now on."""
        self._parts, whole = self._prepared.pop(attempt)
        return whole

    def forget(self, attempt: int) -> None:
        """Let go of a prepared set."""
        self._prepared.pop(attempt, None)

    def _compiled(self, rulebooks: Sequence[Any]) -> Catalogue:
        return Catalogue(rulebooks, engine=self._engine)


@contextmanager
def _yielding() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)
