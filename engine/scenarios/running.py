"""Runs scenarios: the decision on each, what of it is not as expected, and the rules that were reached."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..decision import CompiledRulebook, RequestRefused, decide
from ..facts import shown
from .model import Part, Refusal, Scenario, Steps
from .wants import leaves, matches, mismatches, value_at

_ACCEPTED = ("classification", "priority", "sla", "assignment", "escalation")
"""The stages that only an accepted ticket gets."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a decision is not as expected."""

    at: Steps
    want: Any
    got: Any
    is_unwanted: bool
    """Whether `want` is what was not to be."""
    by: str | None
    """The rule behind that part of the decision."""
    because: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario came to."""

    scenario: Scenario
    differences: tuple[Difference, ...]
    complaints: tuple[str, ...]
    """What else is not as expected, in words."""
    reached: frozenset[str]
    """The ids of the rules behind the decision."""

    @property
    def has_passed(self) -> bool:
        """Whether all was as expected."""
        return not self.differences and not self.complaints


def run_scenario(scenario: Scenario, book: CompiledRulebook, citing: Mapping[str, frozenset[str]]) -> Outcome:
    """Decide on a scenario and compare; `citing` tells which rules cite a clause."""
    try:
        answer = decide(book, {**scenario.request, "explain": True}, scenario.at, ())
    except RequestRefused as refused:
        return Outcome(scenario, (), tuple(_refusal_complaints(scenario.refused, refused)), frozenset())
    because = {line["rule"]: line["because"] for line in answer["trace"]}
    reached = frozenset(because)
    if scenario.refused is not None:
        return Outcome(scenario, (), ("a refusal was expected, and the request was decided",), reached)
    found = _Findings(answer["decision"], because)
    unreached = [clause for clause in scenario.clauses if not citing.get(clause, frozenset()) & reached]
    return Outcome(
        scenario,
        (*found.unmet(scenario.expect), *found.unwanted(scenario.expect_not)),
        tuple(f"no rule that cites clause {shown(clause)} was reached" for clause in unreached),
        reached,
    )


@dataclass(frozen=True, slots=True)
class _Findings:
    """A decision to compare with, and the reasons of its rules."""

    decision: Mapping[str, Any]
    because: Mapping[str, str]

    def unmet(self, parts: Sequence[Part]) -> Iterator[Difference]:
        for part in parts:
            for found in mismatches(part.want, value_at(self.decision, part.at), part.at):
                yield self._difference(found.at, found.want, found.got, is_unwanted=False)

    def unwanted(self, parts: Sequence[Part]) -> Iterator[Difference]:
        for part in parts:
            for at, want in leaves(part.want, part.at):
                got = value_at(self.decision, at)
                if matches(want, got):
                    yield self._difference(at, want, got, is_unwanted=True)

    def _difference(self, at: Steps, want: Any, got: Any, *, is_unwanted: bool) -> Difference:
        by = self._rule_behind(at)
        return Difference(at, want, got, is_unwanted, by, self.because.get(by) if by else None)

    def _rule_behind(self, at: Steps) -> str | None:
        """The rule of the nearest part around; where the ticket was not accepted, that of the admission."""
        by: str | None = None
        part: Any = self.decision
        for step in at:
            part = part.get(step) if isinstance(part, Mapping) else None
            if isinstance(part, Mapping):
                by = part.get("by", by)
        if by is None and at and at[0] in _ACCEPTED and self.decision[at[0]] is None:
            by = self.decision["admission"]["by"]
        return by


def _refusal_complaints(expected: Refusal | None, refused: RequestRefused) -> Iterator[str]:
    if expected is None:
        yield f"the request was refused: {refused.detail}"
        return
    if expected.status is not None and expected.status != refused.status:
        yield f"a refusal with {expected.status} was expected, not one with {refused.status}: {refused.detail}"
    pointed = [fault for fault in refused.faults if expected.pointer in (None, fault.pointer)]
    if not pointed:
        told = ", ".join(shown(fault.pointer) for fault in refused.faults)
        yield f"a fault at {shown(expected.pointer)} was expected, not at {told}"
    elif expected.nearest is not None and not any(fault.nearest == expected.nearest for fault in pointed):
        told = ", ".join(shown(fault.nearest) for fault in pointed)
        yield f"{shown(expected.nearest)} was expected to be offered, not {told}"
