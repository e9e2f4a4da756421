"""The shapes on the wire, as types: what a request may hold, what a decision, a list of rulebooks and a problem hold.

They describe; nothing is decoded into them (the engine reads requests itself, to tell every fault of one at once).
The OpenAPI document is made from them, and tests hold them to what the service takes and gives.
"""

from .decision import Answer
from .listing import Health, Readiness, Rulebook, Rulebooks, VersionDetails
from .problem import Problem
from .request import Request

__all__ = [
    "Answer",
    "Health",
    "Problem",
    "Readiness",
    "Request",
    "Rulebook",
    "Rulebooks",
    "VersionDetails",
]
