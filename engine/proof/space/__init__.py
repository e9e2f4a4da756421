"""The space of all requests over cells: what can be asked of it, and answers that the engine confirms.

A question is a formula; `ask` gives a proof, a witness or neither, and `box_around` the requests like a witness.
"""

from .boxes import Box, Cells, Tests, box_around, box_where, literals_of
from .clauses import Model
from .formulas import (
    FALSE,
    TRUE,
    Applies,
    Every,
    Formula,
    Has,
    Holds,
    Not,
    Runs,
    Settles,
    Some,
    conditions_in,
    every,
    on_side,
    some,
)
from .marks import exclude_impossible
from .moments import instants_for, spans_told_apart
from .observed import AUDIENCE, Observed, observe, true_of, within_in
from .outcomes import LOOSE, follows, named_facts, results_of, texts_of
from .pasting import scenario
from .requests import requests_for
from .space import Key, Side, Situation, Space
from .variables import Marked, Ordered, Variable, literals
from .verdicts import USUAL, Budget, Proved, Unknown, Verdict, Witness, ask, excludes_instants
from .wording import duration_in_words, phrase, sentence, shown

__all__ = [
    "AUDIENCE",
    "FALSE",
    "LOOSE",
    "TRUE",
    "USUAL",
    "Applies",
    "Box",
    "Budget",
    "Cells",
    "Every",
    "Formula",
    "Has",
    "Holds",
    "Key",
    "Marked",
    "Model",
    "Not",
    "Observed",
    "Ordered",
    "Proved",
    "Runs",
    "Settles",
    "Side",
    "Situation",
    "Some",
    "Space",
    "Tests",
    "Unknown",
    "Variable",
    "Verdict",
    "Witness",
    "ask",
    "box_around",
    "box_where",
    "conditions_in",
    "duration_in_words",
    "every",
    "exclude_impossible",
    "excludes_instants",
    "follows",
    "instants_for",
    "literals",
    "literals_of",
    "named_facts",
    "observe",
    "on_side",
    "phrase",
    "requests_for",
    "results_of",
    "scenario",
    "sentence",
    "shown",
    "some",
    "spans_told_apart",
    "texts_of",
    "true_of",
    "within_in",
]
