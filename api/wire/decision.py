"""What `POST /v1/decide` answers. `by` names the rule that settled a part."""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from .values import Count, Digest, Duration, Instant, RulebookId, RuleId, Version


class UsedRulebook(Struct):
    """The rulebook that decided."""

    id: RulebookId
    version: Version
    digest: Digest


class Admission(Struct):
    """Is it ours; `to` says where a redirected ticket goes."""

    outcome: Literal["accept", "redirect", "reject"]
    to: str | None
    by: RuleId


class Classification(Struct):
    """What kind it is."""

    kind: str | None
    by: RuleId


class Priority(Struct):
    """How urgent it is."""

    level: str | None
    by: RuleId


class Runs(Struct):
    """The runs of a target that are over: met in time, breached, and the most time that one took."""

    met: Count
    breached: Count
    longest: Duration | None


class Target(Struct):
    """A promise: within how much time, due when, warned of when, how it stands, and how much time it has taken."""

    within: Duration
    due: Instant | None
    warn_at: Instant | None
    state: Literal["running", "paused", "warned", "met", "breached"]
    started_at: Annotated[Instant | None, Meta(description="the first open moment from which its time is counted")]
    met_at: Annotated[Instant | None, Meta(description="when it was met, in time or late; null: not yet, or stopped")]
    elapsed: Annotated[Duration | None, Meta(description="the time spent: so far, or until it was over")]
    remaining: Annotated[Duration | None, Meta(description="the time left; PT0S when there is none")]
    overrun: Annotated[Duration | None, Meta(description="the time spent beyond the promise; PT0S within it")]
    runs: Annotated[Runs, Meta(description="only of a target that runs anew with each message")] | UnsetType = UNSET


class Sla(Struct):
    """By when."""

    calendar: str | None
    clock: Literal["running", "paused", "warned", "met", "breached", "stopped"] | None
    by: RuleId
    next_due: Annotated[Instant | None, Meta(description="the earliest due time of the targets still to be met")]
    targets: dict[str, Target]


class PassedOver(Struct):
    """One of the roster who was not chosen."""

    agent: str
    why: str


class Assignment(Struct):
    """Who takes it."""

    group: str | None
    agent: str | None
    strategy: str | None
    passed_over: list[PassedOver]
    by: RuleId


class Escalation(Struct):
    """Does it move up."""

    to: str | None
    level: int | None
    request: dict[str, Any] | None
    by: RuleId


class Disclosure(Struct):
    """May this topic be told, and in which words."""

    effect: Literal["permit", "deny", "approval"]
    say: str | None
    approver: str | None
    by: RuleId


class Permission(Struct):
    """May the agent do this."""

    effect: Literal["permit", "deny", "approval"]
    approver: str | None
    by: RuleId


class Obligation(Struct):
    """What must be done."""

    do: str
    by: RuleId
    particulars: Annotated[dict[str, Any], Meta(description="particulars")] = field(name="with")


class Decision(Struct):
    """The nine parts. Those from classification to escalation are null where the ticket is not accepted."""

    admission: Admission | None
    classification: Classification | None
    priority: Priority | None
    sla: Sla | None
    assignment: Assignment | None
    escalation: Escalation | None
    disclosures: Annotated[dict[str, Disclosure], Meta(description="by topic")]
    permissions: Annotated[dict[str, Permission], Meta(description="by action")]
    obligations: list[Obligation]


class TraceEntry(Struct):
    """Why: a rule that applied, in the order in which it did."""

    stage: str
    rule: RuleId
    because: str | None
    cites: Annotated[list[str], Meta(description="clauses of the written procedure")]
    assumed: Annotated[bool, Meta(description="the procedure does not say this; the rulebook does")]


class NearRule(Struct):
    """A rule of which all holds but one fact."""

    rule: RuleId
    fact: Annotated[str, Meta(description="the fact on which it failed")]
    asked: Annotated[str, Meta(description="what the rule asks of it, in words")]
    found: Annotated[str | None, Meta(description="how the request has it; null: it is not stated")]
    cites: Annotated[list[str], Meta(description="clauses of the written procedure")]
    assumed: Annotated[bool, Meta(description="the procedure does not say this; the rulebook does")]


class NearStage(Struct):
    """The rules of a stage that came near, in the order of the rulebook, five at most."""

    stage: str
    instead_of: Annotated[
        RuleId | None,
        Meta(description="the rule that they would have gone before; null: each would have added its own"),
    ]
    rules: list[NearRule]
    more: Annotated[Count, Meta(description="further rules that came near")]


class Answer(Struct):
    """A decision, with the rulebook and the instant that it is for."""

    rulebook: UsedRulebook
    at: Instant
    decision: Decision
    trace: Annotated[list[TraceEntry], Meta(description="only when `explain` asks for it")] | UnsetType = UNSET
    near: Annotated[list[NearStage], Meta(description="only when `explain` asks for it")] | UnsetType = UNSET
