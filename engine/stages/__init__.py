"""The nine stages: how each reads what its rules give, and how matched rows become its part of a decision.

One module a stage; STAGE_FORMS lists them in the order in which they are decided.
"""

from .admission import OUTCOMES, Admission
from .assignment import AMONG, Assignment
from .assignment import OUTPUTS as ASSIGNMENT_OUTPUTS
from .case import Case, SharedParts
from .classification import Classification
from .disclosures import Disclosures
from .effects import EffectProgram, known_names
from .engines import ENGINES, Chain, Conclude, EngineFault, EngineName, EngineUnavailable
from .escalation import Escalation
from .obligations import Obligations
from .permissions import Permissions
from .priority import Priority
from .program import Parts, Run, Runner, StageProgram, build_parts, first_place
from .renderings import AS_DATA, AS_JSON, Give, Rendering
from .roster import STRATEGIES
from .sla import CLOCK_STATES, NO_SETTINGS, Sla, counted_channels
from .target_rules import RESOLVED, USUAL_TARGETS, SlaSettings, TargetRule
from .targets import STATES as TARGET_STATES
from .texts import as_text
from .wording import asked_in_words, why_none

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
    "AMONG",
    "ASSIGNMENT_OUTPUTS",
    "AS_DATA",
    "AS_JSON",
    "CLOCK_STATES",
    "ENGINES",
    "NO_SETTINGS",
    "OUTCOMES",
    "RESOLVED",
    "STAGE_FORMS",
    "STRATEGIES",
    "TARGET_STATES",
    "USUAL_TARGETS",
    "Case",
    "Chain",
    "Conclude",
    "EffectProgram",
    "EngineFault",
    "EngineName",
    "EngineUnavailable",
    "Give",
    "Parts",
    "Rendering",
    "Run",
    "Runner",
    "SharedParts",
    "SlaSettings",
    "StageProgram",
    "TargetRule",
    "as_text",
    "asked_in_words",
    "build_parts",
    "counted_channels",
    "first_place",
    "known_names",
    "why_none",
]
