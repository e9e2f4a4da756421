"""The HTTP service. Imports engine, and nothing of the commands."""

from .app import Service, app_over, build_service, create_app
from .body import BODY_LIMIT
from .clock import now
from .codec import encode_answer, read_request
from .problems import Problem, Refusal, problem_of
from .release import VERSION
from .serving import PortUnavailable, serve
from .settings import Listen, Settings, SettingsFaults, read_settings
from .shelf import Shelf

__all__ = [
    "BODY_LIMIT",
    "VERSION",
    "Listen",
    "PortUnavailable",
    "Problem",
    "Refusal",
    "Service",
    "Settings",
    "SettingsFaults",
    "Shelf",
    "app_over",
    "build_service",
    "create_app",
    "encode_answer",
    "now",
    "problem_of",
    "read_request",
    "read_settings",
    "serve",
]
