"""Every metric: its name, what it counts, its labels. docs/reference/metrics.md says the same, enforced by a test.

Knows nothing of where the values come from.
"""

from collections.abc import Callable, Iterable
from typing import Final, Literal, NamedTuple, TypeAlias

Kind: TypeAlias = Literal["counter", "gauge", "earliest", "histogram"]
"""`earliest` is a gauge of which several workers show the least, where the others are added up."""

METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
"""The methods that figures and traces tell apart; any other stands for all others."""


class Metric(NamedTuple):
    """One metric."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


class Sample(NamedTuple):
    """The value of a metric under the values of its labels."""

    name: str
    labels: tuple[str, ...]
    value: float


class Timing(NamedTuple):
    """How long calls took: how many fell into each bucket of `BOUNDS` (and beyond the last), and their seconds."""

    labels: tuple[str, ...]
    buckets: tuple[int, ...]
    seconds: float


Source: TypeAlias = Callable[[], Iterable[Sample]]
"""Tells the present values of some metrics."""

CALLS: Final = "deskpolicy_http_requests_total"
SECONDS: Final = "deskpolicy_http_request_seconds"
IN_HAND: Final = "deskpolicy_http_requests_in_hand"
SENT: Final = "deskpolicy_http_response_bytes_total"
DECISIONS: Final = "deskpolicy_decisions_total"
BATCH_LINES: Final = "deskpolicy_batch_lines_total"
RULEBOOK: Final = "deskpolicy_rulebook_info"
WORKERS: Final = "deskpolicy_workers"
CALLS_LOST: Final = "deskpolicy_call_log_lost_total"
LOGGED: Final = "deskpolicy_decision_log_written_total"
LOG_WAITING: Final = "deskpolicy_decision_log_waiting"
LOG_LOST: Final = "deskpolicy_decision_log_lost_total"
RELOADS: Final = "deskpolicy_reloads_total"
RELOAD_SECONDS: Final = "deskpolicy_reload_last_seconds"
CURRENT: Final = "deskpolicy_rulebooks_current_timestamp_seconds"
RESTARTS: Final = "deskpolicy_worker_restarts_total"
SHADOWED: Final = "deskpolicy_shadow_decisions_total"

BOUNDS: Final = (
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
"""The upper bounds of the buckets, in seconds."""

METRICS: Final = (
    Metric(CALLS, "counter", "Calls answered", ("route", "method", "status")),
    Metric(SECONDS, "histogram", "Time from the head of a call to the end of its answer", ("route",)),
    Metric(SENT, "counter", "Bytes of the bodies of answers", ("route",)),
    Metric(IN_HAND, "gauge", "Calls that have come in and not gone out"),
    Metric(DECISIONS, "counter", "Decisions made", ("rulebook", "version", "outcome")),
    Metric(BATCH_LINES, "counter", "Lines of batches answered", ("status",)),
    Metric(RULEBOOK, "gauge", "1 for each version of a rulebook that is loaded", ("rulebook", "version", "digest")),
    Metric(CALLS_LOST, "counter", "Calls that the log of calls had to leave out"),
    Metric(LOGGED, "counter", "Decisions that the decision log has written"),
    Metric(LOG_WAITING, "gauge", "Decisions that wait to be written"),
    Metric(LOG_LOST, "counter", "Decisions that the decision log has lost", ("cause",)),
    Metric(SHADOWED, "counter", "Decisions that candidates in the shadow were to make too", ("outcome",)),
    Metric(RELOADS, "counter", "Times that the rulebooks were read again", ("outcome",)),
    Metric(RELOAD_SECONDS, "gauge", "How long the last reload took; before the first, the loading"),
    Metric(CURRENT, "gauge", "When the rulebooks in use were last found to be those of their source"),
    Metric(RESTARTS, "counter", "Workers that ended unasked and were replaced"),
    Metric(WORKERS, "gauge", "Worker processes that answer"),
    Metric("process_cpu_seconds_total", "counter", "Processor time used"),
    Metric("process_resident_memory_bytes", "gauge", "Memory held"),
    Metric("process_open_fds", "gauge", "Files and sockets open"),
    Metric("process_start_time_seconds", "earliest", "When the oldest worker started, in seconds since 1970"),
)
"""All of them. Routes, known methods, statuses, rulebooks: no label takes its values from what callers send."""
