"""Proof: what can be said of all requests at once, since the cells of facts are finitely many.

Questions are asked of a solver over cells; what it excludes is proved, and what it finds is confirmed by deciding a
request. Knows no files but those of rulebooks and of what lies beside them.
"""

from .changes import Replaced, WantedFault, Why, WhyNot, explain_request
from .checking import check_invariants, check_meaning
from .codes import PROOF_CODES, VERDICT_CODES
from .differences import Change, Review, Reviewed, RuleShown, SameDecision, VersionFile, WitnessShown, review_change
from .findings import FINDING_CODES
from .invariants import (
    NOTHING_LIES_HERE,
    PassedOver,
    Proof,
    ProofReport,
    Shown,
    against_in_words,
    diagnosed,
    proof_junit_xml,
    prove_paths,
)
from .space import scenario

__all__ = [
    "FINDING_CODES",
    "NOTHING_LIES_HERE",
    "PROOF_CODES",
    "VERDICT_CODES",
    "Change",
    "PassedOver",
    "Proof",
    "ProofReport",
    "Replaced",
    "Review",
    "Reviewed",
    "RuleShown",
    "SameDecision",
    "Shown",
    "VersionFile",
    "WantedFault",
    "Why",
    "WhyNot",
    "WitnessShown",
    "against_in_words",
    "check_invariants",
    "check_meaning",
    "diagnosed",
    "explain_request",
    "proof_junit_xml",
    "prove_paths",
    "review_change",
    "scenario",
]
