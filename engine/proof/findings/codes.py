"""The codes of findings of meaning, each with what it tells; the reference page is made from it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FINDING_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "gap": "a stage leaves a request undecided that states every fact its rules test",
        "gap-where-absent": "a stage leaves a request undecided because a fact is absent",
        "hidden-result": "two rows of a table cross, and the one that comes first hides what the other gives",
        "never-fires": "a rule settles no request at all",
        "changes-nothing": "without a rule every request would be decided as it is with it",
        "outdone": "what a rule permits, or lets be approved, a stricter rule always takes back",
        "unmentioned-values": "several values of a listed fact are told apart by nothing",
        "unused-fact": "a declared or derived fact decides nothing and is named in no text",
        "response-after-resolution": "a rule promises the response later than the resolution",
        "priority-served-later": "a ticket of a higher priority is served later than one of a lower priority",
        "better-served-later": "a request is served later than one that differs only in a worse value of one fact",
        "calendar-without-time": "a calendar opens too little, or never again, for a target that is counted on it",
        "unfillable-assignment": "nobody, whoever is on the roster, can be chosen as a rule asks",
        "never-disclosed": "a topic is disclosed to no audience, and nobody can approve it",
        "unknown-approver": "an approver is named that nothing else in the rulebook knows",
        "undecided": "a question about a rule could be neither proved nor shown within the budget",
    }
)
"""Each code with its meaning, in one line. All are warnings: a rulebook that decides as it says stays usable."""
