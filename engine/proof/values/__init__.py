"""Values for cells: texts, sets and numbers that pass some tests and fail others, or the proof that there are none.

Knows no rules and no solver.
"""

from .examples import NOTHING, example, written
from .sets import set_for
from .texts import text_for
from .undecided import Undecided

__all__ = [
    "NOTHING",
    "Undecided",
    "example",
    "set_for",
    "text_for",
    "written",
]
