"""The report of a replay: one HTML file that needs no network, made of `summary.json` alone.

The door of this package. Knows findings; nothing of histories, rulebooks, deciding or terminals.
"""

from .page import UnreadableSummary, report_html
from .wording import Language

__all__ = ["Language", "UnreadableSummary", "report_html"]
