"""The shapes on the wire, as types: what a request may hold, what a decision, a list of rulebooks and a problem hold.

They describe; nothing is decoded into them (the engine reads requests itself, to tell every fault of one at once).
The OpenAPI document is made from them, and tests hold them to what the service takes and gives.
"""

from .authzen import (
    AccessAction,
    AccessConfiguration,
    AccessContext,
    AccessDecision,
    AccessDecisions,
    AccessDefaults,
    AccessEvaluation,
    AccessEvaluations,
    AccessOptions,
    AccessResource,
    AccessSubject,
)
from .decision import Answer
from .listing import Health, Readiness, Rulebook, Rulebooks, Schema, VersionDetails
from .problem import Fault, Problem
from .reload import Finding, LoadedVersion, Outcome, Receipt, WorkerState
from .request import Agent, Ask, Member, Message, Request, Requester, TakenState, Ticket, Wait
from .shadow import Shadows

__all__ = [
    "AccessAction",
    "AccessConfiguration",
    "AccessContext",
    "AccessDecision",
    "AccessDecisions",
    "AccessDefaults",
    "AccessEvaluation",
    "AccessEvaluations",
    "AccessOptions",
    "AccessResource",
    "AccessSubject",
    "Agent",
    "Answer",
    "Ask",
    "Fault",
    "Finding",
    "Health",
    "LoadedVersion",
    "Member",
    "Message",
    "Outcome",
    "Problem",
    "Readiness",
    "Receipt",
    "Request",
    "Requester",
    "Rulebook",
    "Rulebooks",
    "Schema",
    "Shadows",
    "TakenState",
    "Ticket",
    "VersionDetails",
    "Wait",
    "WorkerState",
]
