"""The nine stages: how each reads what its rules give, and how matched rows become its part of a decision.

One module a stage; STAGE_FORMS lists them in the order in which they are decided.
"""

from .admission import Admission
from .assignment import Assignment
from .case import Case, SharedParts
from .classification import Classification
from .disclosures import Disclosures
from .effects import known_names
from .engines import ENGINES, Chain, Conclude, EngineFault, EngineName, EngineUnavailable
from .escalation import Escalation
from .obligations import Obligations
from .permissions import Permissions
from .priority import Priority
from .program import Parts, Runner, StageProgram, build_parts
from .sla import Sla, counted_channels

STAGE_FORMS = (
    Admission(),
    Classification(),
    Priority(),
    Sla(),
    Assignment(),
    Escalation(),
    Disclosures(),
    Permissions(),
    Obligations(),
)

__all__ = [
    "ENGINES",
    "STAGE_FORMS",
    "Case",
    "Chain",
    "Conclude",
    "EngineFault",
    "EngineName",
    "EngineUnavailable",
    "Parts",
    "Runner",
    "SharedParts",
    "StageProgram",
    "build_parts",
    "counted_channels",
    "known_names",
]
