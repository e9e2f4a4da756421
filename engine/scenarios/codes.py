"""The codes of the faults that clauses and scenarios can have, each with its meaning; the reference is made from it.

What they share with rulebooks (`unknown-key`, `wrong-shape`, `row-length` …) stands in the registry of rulebooks.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SCENARIO_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Scenarios.
        "no-scenarios": "a rulebook has no scenarios, so that nothing shows that it decides as it should",
        "unknown-version": "the scenarios are for a version that is not there",
        "repeated-scenario": "two scenarios have the same name",
        "no-instant": "a scenario names no instant to decide for",
        "misplaced-key": "what is given holds something that stands beside it, or is not for a scenario to choose",
        "unfit-request": "what is given does not fit the rulebook, and no refusal is expected",
        "unknown-part": "a decision of this rulebook has no such part",
        "expects-nothing": "a scenario does not say what it expects",
        "mixed-expectation": "a scenario expects a decision and a refusal at once",
        # Clauses.
        "unknown-clause": "a clause is named that is not in the list of clauses",
        "unsettled-clause": "a clause names no stage that it decides and no reason why it decides none, or both",
        "uncited-clause": "a clause decides a stage in which no rule cites it",
        "undecided-clause": "a rule cites a clause from which nothing can be decided",
    }
)
"""Each code of this floor with its meaning, in one line."""
