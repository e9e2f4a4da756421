"""Differences: which decisions a change of a rulebook changes, for which requests, and by which rules."""

from .reviewing import Change, Review, Reviewed, RuleShown, SameDecision, VersionFile, WitnessShown, review_change

__all__ = [
    "Change",
    "Review",
    "Reviewed",
    "RuleShown",
    "SameDecision",
    "VersionFile",
    "WitnessShown",
    "review_change",
]
