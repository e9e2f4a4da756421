"""A typed client of deskpolicy, for programs that wait (`Client`) and for asyncio (`AsyncClient`).

`wire` has the shapes of requests and answers. Imports nothing of the service.
"""

from . import wire
from .asynchronous import AsyncClient
from .batches import LineProblem
from .errors import DeskpolicyError, ProblemError, Unreachable, Unreadable
from .synchronous import Client

__all__ = [
    "AsyncClient",
    "Client",
    "DeskpolicyError",
    "LineProblem",
    "ProblemError",
    "Unreachable",
    "Unreadable",
    "wire",
]
