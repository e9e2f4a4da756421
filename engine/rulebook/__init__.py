"""Rulebooks: reading a file into a checked and typed model, its cells, its digest and its versions.

Knows the stages only by the forms that they hand in.
"""

from .canonical import digests, meaning
from .codes import RULEBOOK_CODES, SUPPRESSIBLE
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
from .declared import TYPE_WORDS
from .derivation import ALWAYS, Case
from .derived import ASKS
from .derived import KINDS as DERIVED_KINDS
from .derived_times import Earliest, Elapsed, Latest, Open, TimeOfDay, Weekday
from .derived_values import AllOf, AnyOf, LookUp, Missing, Present, Same, Size, Sum
from .doubts import Doubts
from .forms import StageForm, Then
from .languages import is_language
from .model import STAGES, Clock, Cover, InForce, Row, Rulebook, Stage, Suppression, Template, Texts, stage_of_result
from .reader import EnoughFaults, Reader
from .reading import VERSION, read_draft, read_rulebook, values_of
from .schema import check_shape

__all__ = [
    "AGENT_REPLY",
    "ALWAYS",
    "ASKS",
    "COURSE_WORDS",
    "DERIVED_KINDS",
    "MEETS",
    "REQUESTER_MESSAGE",
    "RULEBOOK_CODES",
    "STAGES",
    "STARTS",
    "SUPPRESSIBLE",
    "TYPE_WORDS",
    "UNANSWERED",
    "VERSION",
    "AllOf",
    "AnyOf",
    "Case",
    "CellMap",
    "Clock",
    "Cover",
    "Doubts",
    "Earliest",
    "Elapsed",
    "EnoughFaults",
    "InForce",
    "InStates",
    "Latest",
    "LookUp",
    "Missing",
    "Open",
    "PausedBy",
    "Present",
    "Reader",
    "Row",
    "Rulebook",
    "Same",
    "Size",
    "Stage",
    "StageForm",
    "Sum",
    "Suppression",
    "Table",
    "Template",
    "Texts",
    "Then",
    "TimeOfDay",
    "Weekday",
    "build_cell_map",
    "build_table",
    "check_shape",
    "digests",
    "is_language",
    "meaning",
    "read_draft",
    "read_paused_by",
    "read_rulebook",
    "read_states",
    "stage_of_result",
    "values_of",
]
