"""The figures of reloads, and of workers that were replaced, as metrics."""

from collections.abc import Iterator

from .fleet import Figures
from .telemetry import CURRENT, RELOAD_SECONDS, RELOADS, RESTARTS, Sample


def reload_samples(figures: Figures) -> Iterator[Sample]:
    """What is known of all workers together."""
    for outcome, count in figures.reloads.items():
        yield Sample(RELOADS, (outcome,), count)
    yield Sample(RELOAD_SECONDS, (), figures.last_reload_seconds)
    yield Sample(CURRENT, (), figures.last_success)
    yield Sample(RESTARTS, (), figures.restarts)
