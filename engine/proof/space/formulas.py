"""What can be asked about all requests: plain values that say something of a request and of its decision.

A formula means the same in two places: `space` turns it into literals for the solver, `observed` holds it against a
decision of the engine. Knows of neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...tables import Condition


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition holds for a fact: of the request, derived, or a result of a stage."""

    fact: str
    condition: Condition
    side: int = 0
    """Which of the requests is meant, where the question is about several."""


@dataclass(frozen=True, slots=True)
class Applies:
    """The conditions of a rule hold, and its stage is decided."""

    stage: str
    row: int
    side: int = 0


@dataclass(frozen=True, slots=True)
class Settles:
    """A rule is the first of its stage that applies; `row` None: the stage is decided, and none does."""

    stage: str
    row: int | None
    side: int = 0


@dataclass(frozen=True, slots=True)
class Runs:
    """A stage is decided at all: after a redirect or a refusal some are not."""

    stage: str
    side: int = 0


@dataclass(frozen=True, slots=True)
class Has:
    """What is said of a topic (stage `disclosures`) or an action (`permissions`): `deny`, `approval` or `permit`."""

    stage: str
    name: str
    effect: str
    side: int = 0


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    of: "Formula"


@dataclass(frozen=True, slots=True)
class Every:
    """All of them; of none: true."""

    of: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of them; of none: false."""

    of: tuple["Formula", ...]


Formula = Holds | Applies | Settles | Runs | Has | Not | Every | Some

TRUE = Every(())
FALSE = Some(())


def every(*of: Formula) -> Every:
    """All of these."""
    return Every(of)


def some(of: Iterable[Formula]) -> Some:
    """At least one of these."""
    return Some(tuple(of))


def conditions_in(formula: Formula) -> Iterable[Holds]:
    """The conditions that a formula asks about, so that cells can be cut by them."""
    match formula:
        case Holds():
            yield formula
        case Not(of=inner):
            yield from conditions_in(inner)
        case Every(of=parts) | Some(of=parts):
            for part in parts:
                yield from conditions_in(part)


def on_side(formula: Formula, side: int) -> Formula:
    """The same, said of another side."""
    match formula:
        case Not(of=inner):
            return Not(on_side(inner, side))
        case Every(of=parts):
            return Every(tuple(on_side(part, side) for part in parts))
        case Some(of=parts):
            return Some(tuple(on_side(part, side) for part in parts))
    return replace(formula, side=side)
