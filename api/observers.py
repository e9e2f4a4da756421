"""What watches decisions go by: their log, candidates in the shadow, figures. None of it changes an answer."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

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


def tell(observers: tuple[Observer, ...], decided: Decided) -> None:
    """Tell all observers. One that fails is logged and changes nothing."""
    for observer in observers:
        try:
            observer(decided)
        except Exception as error:
            log.error("an observer of decisions failed", exc_info=without_texts(error))
