"""Changes of a request: why it is decided as it is, and the smallest change that would decide it otherwise."""

from .changes import Replaced
from .explaining import Why, WhyNot, explain_request
from .wanted import WantedFault

__all__ = [
    "Replaced",
    "WantedFault",
    "Why",
    "WhyNot",
    "explain_request",
]
