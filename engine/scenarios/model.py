"""Scenarios and clauses as read: plain values, no behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..diagnostics import Path, Source
from ..rulebook import Texts

Steps: TypeAlias = tuple[str, ...]
"""The way into a request or a decision, by the names of its parts."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an expectation: where in the decision, what is wanted there, and where the file says so."""

    at: Steps
    want: Any
    place: Path


@dataclass(frozen=True, slots=True)
class Layer:
    """A piece of what is given: where in the request, the value, and where the file says so. Later layers win."""

    at: Steps
    value: Any
    place: Path


@dataclass(frozen=True, slots=True)
class Refusal:
    """The refusal that is expected; what is None is not looked at."""

    status: int | None
    pointer: str | None
    nearest: str | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One request with what is expected of its answer."""

    name: str
    at: int
    """The instant, in microseconds since 1970."""
    request: Mapping[str, Any]
    expect: tuple[Part, ...]
    expect_not: tuple[Part, ...]
    refused: Refusal | None
    clauses: tuple[str, ...]
    place: Path


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a rulebook asks of its scenarios, in percent."""

    rules: float = 0
    clauses: float = 100


@dataclass(frozen=True, slots=True)
class Suite:
    """The scenarios of a rulebook."""

    versions: tuple[str, ...] | None
    """The versions that are tested; None: all."""
    coverage: Coverage
    scenarios: tuple[Scenario, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the written procedure, in our words."""

    id: str
    says: Texts
    decides: tuple[str, ...]
    """The stages that it settles."""
    no_decision: Texts | None
    """Why nothing can be decided from it."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses that a rulebook implements, by id."""

    listed: Mapping[str, Clause]
    source: Source
