"""What can be seen of the service from outside: metrics, the log of calls, traces. None of it changes an answer."""

from .board import Board
from .exposition import metrics_routes
from .logs import log_settings
from .names import (
    BATCH_LINES,
    CURRENT,
    IN_HAND,
    LOG_LOST,
    LOG_WAITING,
    LOGGED,
    METRICS,
    RELOAD_SECONDS,
    RELOADS,
    RESTARTS,
    SHADOWED,
    Sample,
    Source,
)
from .telemetry import Telemetry
from .traces import TracingUnavailable, require_tracing

__all__ = [
    "BATCH_LINES",
    "CURRENT",
    "IN_HAND",
    "LOGGED",
    "LOG_LOST",
    "LOG_WAITING",
    "METRICS",
    "RELOADS",
    "RELOAD_SECONDS",
    "RESTARTS",
    "SHADOWED",
    "Board",
    "Sample",
    "Source",
    "Telemetry",
    "TracingUnavailable",
    "log_settings",
    "metrics_routes",
    "require_tracing",
]
