"""What goes wrong when a history cannot be read at all."""

from __future__ import annotations


class UnreadableHistory(Exception):
    """The history as a whole cannot be read: the message is one line for the person who named it."""
