"""What a change of a rulebook changes, for people: in sections, as a page to review, weighted by real tickets.

The door of this package. Knows the engine's reviews; nothing of terminals.
"""

from .page import review_html
from .sections import Item, Section, Weights, sections_of, summary_of
from .weights import weigh

__all__ = ["Item", "Section", "Weights", "review_html", "sections_of", "summary_of", "weigh"]
