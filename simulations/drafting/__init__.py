"""Drafts of mappings: guesses what the columns of a history mean, and says why.

Knows histories and mappings; of a rulebook only the facts that its requests may state.
"""

from .draft import draft_mapping_text
from .opening import open_to_draft
from .wanted import COMMON, Wanted, wanted_of

__all__ = ["COMMON", "Wanted", "draft_mapping_text", "open_to_draft", "wanted_of"]
