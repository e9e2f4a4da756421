"""What a replay found: counted decision by decision, as plain values at the end.

The door of this package. Knows decisions as the contract shapes them; nothing of histories, rulebooks or deciding.
"""

from .agreement import AgreementCount
from .bootstrap import estimates, holm, seed_of
from .breakdown import BreakdownCount, text_of
from .days import Days
from .differences import Flip, differences
from .findings import Ask, Findings
from .flips import FlipCount
from .guardrail_files import GuardrailFaults, read_guardrails
from .guardrails import BadGuardrail, Guardrail, read_guardrail
from .load import LoadCount
from .many import END, Asked, Decided, Flips
from .model import (
    Change,
    Count,
    GuardrailFound,
    Method,
    OpenedDecision,
    OpenedMoment,
    RecordedShare,
    SetAsideReason,
    SideFound,
    Size,
    Summary,
)
from .rules import KnownRules, RuleCount
from .targets import TargetCount
from .values import (
    MOMENTS,
    Agreement,
    Breakdown,
    BreakdownRow,
    Difference,
    DisclosureChange,
    Estimate,
    Example,
    FlipCell,
    Load,
    Moment,
    RulePair,
    RuleUse,
    StageFlips,
    TargetFound,
    TargetTally,
    Transition,
)

__all__ = [
    "END",
    "MOMENTS",
    "Agreement",
    "AgreementCount",
    "Ask",
    "Asked",
    "BadGuardrail",
    "Breakdown",
    "BreakdownCount",
    "BreakdownRow",
    "Change",
    "Count",
    "Days",
    "Decided",
    "Difference",
    "DisclosureChange",
    "Estimate",
    "Example",
    "Findings",
    "Flip",
    "FlipCell",
    "FlipCount",
    "Flips",
    "Guardrail",
    "GuardrailFaults",
    "GuardrailFound",
    "KnownRules",
    "Load",
    "LoadCount",
    "Method",
    "Moment",
    "OpenedDecision",
    "OpenedMoment",
    "RecordedShare",
    "RuleCount",
    "RulePair",
    "RuleUse",
    "SetAsideReason",
    "SideFound",
    "Size",
    "StageFlips",
    "Summary",
    "TargetCount",
    "TargetFound",
    "TargetTally",
    "Transition",
    "differences",
    "estimates",
    "holm",
    "read_guardrail",
    "read_guardrails",
    "seed_of",
    "text_of",
]
