"""Coverage: rules that no scenario reached, and the way from each clause over its rules to its scenarios."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .model import Clause, Clauses
from .rules import Rule
from .running import Outcome


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many are covered, and how many must be, in percent."""

    covered: int
    total: int
    minimum: float

    @property
    def suffices(self) -> bool:
        """Whether as many are covered as must be."""
        return self.covered * 100 >= self.minimum * self.total

    @property
    def percent(self) -> float:
        """The share in percent, rounded down to tenths: 100 is said of all and of nothing less."""
        return self.covered * 1000 // self.total / 10 if self.total else 100.0


@dataclass(frozen=True, slots=True)
class Settled:
    """A stage that a clause decides: the rules of that stage that cite it, and the scenarios that reached one."""

    stage: str
    rules: tuple[str, ...]
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """A clause's row of the traceability matrix."""

    clause: Clause
    stages: tuple[Settled, ...]

    @property
    def is_covered(self) -> bool:
        """Whether in each stage that it decides a scenario reached a rule that cites it."""
        return all(settled.scenarios for settled in self.stages)


def trace_clauses(clauses: Clauses, rules: Sequence[Rule], outcomes: Sequence[Outcome]) -> tuple[Trace, ...]:
    """The traceability matrix, in the order of the clauses' file."""
    reaching: dict[str, list[int]] = {}
    for number, outcome in enumerate(outcomes):
        for rule in outcome.reached:
            reaching.setdefault(rule, []).append(number)
    by_clause: dict[tuple[str, str], list[str]] = {}
    for listed in rules:
        for clause in dict.fromkeys(listed.cites):
            by_clause.setdefault((clause, listed.stage), []).append(listed.id)
    return tuple(
        Trace(clause, tuple(_settled(clause, by_clause, reaching, outcomes))) for clause in clauses.listed.values()
    )


def citing(rules: Iterable[Rule]) -> dict[str, frozenset[str]]:
    """The rules that cite each clause."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for clause in rule.cites:
            found.setdefault(clause, set()).add(rule.id)
    return {clause: frozenset(ids) for clause, ids in found.items()}


def _settled(
    clause: Clause,
    by_clause: Mapping[tuple[str, str], Sequence[str]],
    reaching: Mapping[str, Sequence[int]],
    outcomes: Sequence[Outcome],
) -> Iterator[Settled]:
    for stage in clause.decides:
        rules = by_clause.get((clause.id, stage), ())
        found = {number for rule in rules for number in reaching.get(rule, ())}
        # Those that name the clause come first.
        numbers = sorted(found, key=lambda number: (clause.id not in outcomes[number].scenario.clauses, number))
        yield Settled(stage, tuple(rules), tuple(outcomes[number].scenario.name for number in numbers))
