"""The codes of what proof has to say of files, each with its meaning; the reference is made from it.

What invariants share with rulebooks (`unknown-fact`, `wrong-shape` …) stands in the registry of rulebooks.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PROOF_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # Invariants.
        "unknown-rulebook": "an invariant is for a rulebook that does not lie here",
        "unclear-name": "a shortened name in an invariant could be several facts or parts of a decision",
        "never-applies": "no request is as the `when` of an invariant says, so that it says nothing",
    }
)
"""Each code of this floor with its meaning, in one line."""

VERDICT_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "refuted-invariant": "a request goes against an invariant",
        "undecided-invariant": "whether an invariant holds was neither proved nor refuted",
        "no-invariants": "nothing was proved, since no invariants lie here or no version knows what they speak of",
    }
)
"""What a proof can fail by, where it is told as diagnostics (SARIF, annotations), with the meaning in one line."""
