"""Invariants: what rulebooks must always or never do, read, and proved over all requests."""

from .diagnoses import NOTHING_LIES_HERE, against_in_words, diagnosed, proof_junit_xml
from .gathering import Books, files_for, gather, is_invariants
from .proving import PassedOver, Proof, ProofReport, Shown, prove_paths
from .terms import is_input, passes, terms_of

__all__ = [
    "NOTHING_LIES_HERE",
    "Books",
    "PassedOver",
    "Proof",
    "ProofReport",
    "Shown",
    "against_in_words",
    "diagnosed",
    "files_for",
    "gather",
    "is_input",
    "is_invariants",
    "passes",
    "proof_junit_xml",
    "prove_paths",
    "terms_of",
]
