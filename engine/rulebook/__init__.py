"""Rulebooks: reading a file into a checked and typed model, its cells, its digest and its versions.

Knows the stages only by the forms that they hand in.
"""

from .canonical import digests, meaning
from .codes import RULEBOOK_CODES
from .compiled import CellMap, Table, build_cell_map, build_table
from .derivation import ALWAYS, Case
from .forms import StageForm, Then
from .languages import is_language
from .model import STAGES, Clock, InForce, Row, Rulebook, Stage, Template, Texts, stage_of_result
from .reader import Reader
from .reading import VERSION, read_rulebook, values_of
from .schema import check_shape

__all__ = [
    "ALWAYS",
    "RULEBOOK_CODES",
    "STAGES",
    "VERSION",
    "Case",
    "CellMap",
    "Clock",
    "InForce",
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
    "read_rulebook",
    "stage_of_result",
    "values_of",
]
