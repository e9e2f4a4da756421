"""Findings of meaning: what a rulebook without faults says that its author can hardly mean, each shown or proved."""

from ...decision import CompiledRulebook
from ...diagnostics import Diagnostic, Source
from .codes import FINDING_CODES
from .kinds import KINDS
from .study import Study
from .unique import exact_overlaps

__all__ = ["FINDING_CODES", "exact_overlaps", "findings_of"]


def findings_of(book: CompiledRulebook, source: Source) -> list[Diagnostic]:
    """What is found in a rulebook and the file that it was read from, in the order of the file.

    What was neither proved nor shown within the budget is told too, with the code `undecided`.
    """
    study = Study(book, source)
    return sorted(finding for kind in KINDS for finding in kind(study))
