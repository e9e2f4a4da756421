"""The HTTP service. Imports engine, and nothing of the commands."""

from .app import Service, app_over, create_app
from .body import BODY_LIMIT
from .clock import now
from .codec import encode_answer, read_request
from .problems import Problem, Refusal, problem_of
from .release import VERSION
from .serving import PortUnavailable, serve

__all__ = [
    "BODY_LIMIT",
    "VERSION",
    "PortUnavailable",
    "Problem",
    "Refusal",
    "Service",
    "app_over",
    "create_app",
    "encode_answer",
    "now",
    "problem_of",
    "read_request",
    "serve",
]
