"""Rulebooks: reading a file into a checked and typed model, its cells, its digest and its versions.

Knows the stages only by the forms that they hand in.
"""

from .canonical import digests, meaning
from .codes import RULEBOOK_CODES
from .compiled import CellMap, Table, build_cell_map, build_table
from .courses import (
    AGENT_REPLY,
    COURSE_WORDS,
    MEETS,
    REQUESTER_MESSAGE,
    STARTS,
    UNANSWERED,
    InStates,
    PausedBy,
    read_paused_by,
    read_states,
)
from .derivation import ALWAYS, Case
from .forms import StageForm, Then
from .languages import is_language
from .model import STAGES, Clock, InForce, Row, Rulebook, Stage, Template, Texts, stage_of_result
from .reader import Reader
from .reading import VERSION, read_rulebook, values_of
from .schema import check_shape

__all__ = [
    "AGENT_REPLY",
    "ALWAYS",
    "COURSE_WORDS",
    "MEETS",
    "REQUESTER_MESSAGE",
    "RULEBOOK_CODES",
    "STAGES",
    "STARTS",
    "UNANSWERED",
    "VERSION",
    "Case",
    "CellMap",
    "Clock",
    "InForce",
    "InStates",
    "PausedBy",
    "Reader",
    "Row",
    "Rulebook",
    "Stage",
    "StageForm",
    "Table",
    "Template",
    "Texts",
    "Then",
    "build_cell_map",
    "build_table",
    "check_shape",
    "digests",
    "is_language",
    "meaning",
    "read_paused_by",
    "read_rulebook",
    "read_states",
    "stage_of_result",
    "values_of",
]
