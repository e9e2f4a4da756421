"""Who calls, and what they may do."""

from .callers import Gate, needed_scope

__all__ = ["Gate", "needed_scope"]
