"""A rulebook as checked and typed: what its file means, without layout. Plain values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..calendars import CalendarSpec, Conventions
from ..diagnostics import Path
from ..facts import FactType
from ..tables import Condition

Texts = Mapping[str, str]
"""A text by language."""

OnPriorityChange = Literal["from_creation", "from_change"]


@dataclass(frozen=True, slots=True)
class Template:
    """A text with facts in it: literal parts and names of facts in turn, literals at even places."""

    parts: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that it names."""
        return self.parts[1::2]

    @property
    def lone_fact(self) -> str | None:
        """The fact, when the template is nothing but one."""
        return self.parts[1] if len(self.parts) == 3 and not self.parts[0] and not self.parts[2] else None


@dataclass(frozen=True, slots=True)
class Row:
    """A rule: prose, a table's row or a cell of a matrix."""

    id: str
    when: Mapping[str, Condition]
    """Conditions by fact; a fact that is not named may hold anything or be absent."""
    outcome: Any
    """What the rule's stage makes of `then`."""
    because: Texts | None
    cites: tuple[str, ...]
    assumed: bool
    """Whether the procedure leaves open what it gives, or when it applies."""
    assumed_results: tuple[str, ...] = ()
    """Which of its results alone are assumed; none named, where it is assumed: all that it says."""
    path: Path = field(compare=False, default=())
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage's rules in the order in which they are tried, and its settings."""

    name: str
    rows: tuple[Row, ...]
    settings: Any


@dataclass(frozen=True, slots=True)
class InForce:
    """When a version applies: from an instant up to (not at) another, or without end."""

    start: int
    end: int | None


@dataclass(frozen=True, slots=True)
class Clock:
    """The conventions of time that the rulebook names."""

    conventions: Conventions
    on_priority_change: OnPriorityChange = "from_creation"
    has_zero_targets: bool = True
    """Whether a target of no time is a target at all."""
    step: int = 1
    """Instants are cut down to whole multiples of this before anything is counted: microseconds."""

    def cut(self, instant: int) -> int:
        """An instant as exactly as the clock tells it."""
        return instant - instant % self.step


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings that a check is not to tell of a rulebook. It changes no decision."""

    code: str
    rule: str | None
    """The rule whose findings are meant; None: of any rule, and of none."""
    because: Texts
    path: Path
    """Where it stands in the file."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What a topic of disclosure covers: whoever may not hear of the topic is not shown any of it."""

    topic: str
    facts: frozenset[str]
    rules: frozenset[str]
    stages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One version of a rulebook."""

    id: str
    version: str
    title: Texts
    language: str
    in_force: InForce | None
    clock: Clock
    calendars: Mapping[str, CalendarSpec]
    assumed_calendars: frozenset[str]
    """Calendars whose hours are chosen, not stated by the procedure."""
    declared: Mapping[str, FactType]
    """Facts that the rulebook declares, by full name."""
    derived: Mapping[str, Any]
    """Derived facts by name (see `derived`)."""
    states: tuple[str, ...] | None
    """The states in which a ticket can be; None: any."""
    facts: Mapping[str, FactType]
    """Every fact that its rules may name: common, declared, derived and results of stages."""
    stages: Mapping[str, Stage]
    """The stages that the file has, in the order of STAGES."""
    covers: tuple[Cover, ...] = ()
    """What its topics of disclosure cover, by topic."""
    suppressions: tuple[Suppression, ...] = field(compare=False, default=())
    """What a check is not to tell; no part of the digest, since nothing is decided by it."""


STAGES = (
    "admission", "classification", "priority", "sla", "assignment", "escalation",
    "disclosures", "permissions", "obligations",
)  # fmt: skip
"""The stages in the order in which they are decided."""


def stage_of_result(fact: str) -> str | None:
    """The stage whose result a fact is, or None."""
    head = fact.split(".", 1)[0]
    return head if head in STAGES else None
