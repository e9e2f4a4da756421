"""Invariants: what rulebooks must always or never do, read, and proved over all requests."""

from .gathering import Books, files_for, gather, is_invariants
from .proving import PassedOver, Proof, ProofReport, Shown, prove_paths
from .terms import is_input, passes, terms_of

__all__ = [
    "Books",
    "PassedOver",
    "Proof",
    "ProofReport",
    "Shown",
    "files_for",
    "gather",
    "is_input",
    "is_invariants",
    "passes",
    "prove_paths",
    "terms_of",
]
