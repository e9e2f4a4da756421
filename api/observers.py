"""What watches decisions go by: their log, candidates in the shadow, figures. None of it changes an answer."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

from engine import Catalogue

from .call import Call
from .withheld import without_texts

log = logging.getLogger("deskpolicy.api")


class Decided(NamedTuple):
    """A decision that has been made, and what it was made from."""

    request: Mapping[str, Any]
    """As read; nobody may change it."""
    answer: bytes
    """The answer as JSON, just as it is sent."""
    catalogue: Catalogue
    languages: tuple[str, ...]
    call: Call
    raw: bytes = b""
    """The request as it came, in JSON; empty where it did not come so."""


Observer: TypeAlias = Callable[[Decided], None]
"""Is told each decision after it was made, in the thread that answers: what takes time must be done elsewhere."""


@runtime_checkable
class Tally(Protocol):
    """An observer that needs the answers and no more: where many are made, it is told them together."""

    def __call__(self, decided: Decided) -> None:
        """Take one decision."""
        ...

    def count(self, answers: Sequence[bytes]) -> None:
        """Take many decisions."""
        ...


def parted(observers: tuple[Observer, ...]) -> tuple[tuple[Tally, ...], tuple[Observer, ...]]:
    """The observers that answers are enough for, and all others."""
    tallies = tuple(observer for observer in observers if isinstance(observer, Tally))
    return tallies, tuple(observer for observer in observers if not isinstance(observer, Tally))


def count(tallies: tuple[Tally, ...], answers: Sequence[bytes]) -> None:
    """Tell all tallies. One that fails is logged and changes nothing."""
    for tally in tallies:
        try:
            tally.count(answers)
        except Exception as error:
            log.error("a count of decisions failed", exc_info=without_texts(error))


def tell(observers: tuple[Observer, ...], decided: Decided) -> None:
    """Tell all observers. One that fails is logged and changes nothing."""
    for observer in observers:
        try:
            observer(decided)
        except Exception as error:
            log.error("an observer of decisions failed", exc_info=without_texts(error))
