"""The shares of one value in a column, told as the history records them, whatever a rulebook decides."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from engine.bulk import Flags

from ..findings import RecordedShare
from ..mappings import HistoryMapping
from .pieces import Piece
from .rows import Batch


class ShareCount:
    """Counts, for each reported column, its value over all rows and over the last rows of tickets."""

    def __init__(self, mapping: HistoryMapping) -> None:
        self._shares = mapping.reported
        self._counts = {name: [0, 0, 0, 0] for name in mapping.reported}

    def add(self, batch: Batch, last: Collection[int]) -> None:
        """Count the rows of a batch; ``last`` are the positions of last rows of tickets."""
        for name, values in batch.reported.items():
            counts = self._counts[name]
            ends = [values[at] for at in last]
            for offset, told in ((0, ends), (2, values)):
                counts[offset] += sum(value is True for value in told)
                counts[offset + 1] += sum(value is not None for value in told)

    def add_many(self, piece: Piece, last: Flags) -> None:
        """Count the rows of a piece; ``last`` marks the last rows of tickets."""
        for name, (hits, told) in piece.reported.items():
            counts = self._counts[name]
            for place, flags in enumerate((hits & last, told & last, hits, told)):
                counts[place] += int(np.count_nonzero(flags))

    def results(self) -> tuple[RecordedShare, ...]:
        """The shares, in the order of the mapping."""
        return tuple(RecordedShare(name, share.share_of, *self._counts[name]) for name, share in self._shares.items())
