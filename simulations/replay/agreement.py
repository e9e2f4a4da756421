"""The moments of a ticket at which decisions are taken."""

from __future__ import annotations

from ..findings import Moment

__all__ = ["Moment"]
