"""The sessions of durable-rules: one for each decision under way."""

from itertools import count

from .names import check_apart, session_name, state_id


class Sessions:
    """Names of sessions. Each belongs to one decision at a time; when its state is deleted, another may have it.

    So there are only as many as decisions ever were under way at once, and all can be held against each other; names
    counted up without end could not.
    """

    __slots__ = ("_fact_ids", "_free", "_made", "_numbers")

    def __init__(self, fact_ids: tuple[str, ...]) -> None:
        """`fact_ids` are those of the facts that a session holds, besides the one on its state."""
        self._fact_ids = fact_ids
        self._free: list[str] = []
        self._made: list[str] = []
        self._numbers = count()

    def take(self) -> str:
        """A name that no decision under way has."""
        try:
            return self._free.pop()  # one step, so that no two threads get the same
        except IndexError:
            return self._make()

    def give_back(self, name: str) -> None:
        """Let another decision have the name."""
        self._free.append(name)

    def _make(self) -> str:
        name = session_name(next(self._numbers))
        self._made.append(name)
        check_apart(tuple(self._made))
        check_apart((*self._fact_ids, state_id(name)))
        return name
