"""The clock that the engine itself must not have."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, with its offset."""
    return datetime.now(UTC)
