"""What a place in a file can be meant for: a fact, a value of one, a test, a clause …

The one answer that completion, hover and definition all rest on.
"""

from dataclasses import dataclass
from typing import TypeAlias

from ..facts import FactType


@dataclass(frozen=True, slots=True)
class Facts:
    """A fact, one of these."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tests:
    """A test on a fact; in a roster, on what is said of its members."""

    fact: str
    kind: FactType


@dataclass(frozen=True, slots=True)
class Values:
    """A value of a fact."""

    fact: str
    kind: FactType
    any: bool = False
    """Whether the condition that always holds may stand here."""


@dataclass(frozen=True, slots=True)
class Words:
    """One of these words, and what such a word is."""

    words: tuple[str, ...]
    what: str


@dataclass(frozen=True, slots=True)
class ClauseIds:
    """A clause of the written procedure."""


@dataclass(frozen=True, slots=True)
class CalendarNames:
    """A calendar."""


@dataclass(frozen=True, slots=True)
class RuleIds:
    """A rule; of one stage, or of any."""

    stage: str | None = None
    is_own: bool = False
    """Whether the rule itself is named here, so that there is nothing to choose from."""


@dataclass(frozen=True, slots=True)
class StageNames:
    """A stage."""


Slot: TypeAlias = Facts | Tests | Values | Words | ClauseIds | CalendarNames | RuleIds | StageNames
