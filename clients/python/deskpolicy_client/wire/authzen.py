"""What the endpoints of AuthZEN (OpenID Authorization API 1.0) take and answer.

As the standard asks, names that are not here are ignored; `api.authzen` refuses those that look like slips of them.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .decision import UsedRulebook
from .values import Instant, RuleId

Facts = Annotated[dict[str, Any], Meta(description="facts, by their names in a request of `POST /v1/decide`")]


class AccessSubject(Struct):
    """Who wants to: an `agent`; for a disclosure also a `requester`, or an audience such as `client`."""

    type: Annotated[str, Meta(examples=["agent"])]
    id: str
    properties: Facts | UnsetType = UNSET


class AccessAction(Struct):
    """What for: an action that the rulebook knows, or `disclose`."""

    name: Annotated[str, Meta(examples=["reassign", "disclose"])]
    properties: Annotated[dict[str, Any], Meta(description="not looked at")] | UnsetType = UNSET


class AccessResource(Struct):
    """On what: a `ticket`, or a `topic` to disclose. `rulebook` and `version` may stand in its properties too."""

    type: Annotated[str, Meta(examples=["ticket", "topic"])]
    id: str
    properties: Facts | UnsetType = UNSET


class AccessContext(Struct):
    """What else the decision is made from. Each name means what it does in a request of `POST /v1/decide`."""

    rulebook: Annotated[str, Meta(description="needed here or in the properties of the resource")] | UnsetType = UNSET
    version: str | UnsetType = UNSET
    at: Annotated[str, Meta(description="an RFC 3339 instant; left out: now")] | UnsetType = UNSET
    language: Annotated[str, Meta(description="of the reasons")] | UnsetType = UNSET
    to: Annotated[str, Meta(description="the audience of a disclosure")] | UnsetType = UNSET
    ticket: Facts | UnsetType = UNSET
    requester: Facts | UnsetType = UNSET
    agent: Facts | UnsetType = UNSET
    roster: list[Any] | UnsetType = UNSET


class AccessEvaluation(Struct):
    """May the subject do this."""

    subject: AccessSubject
    action: AccessAction
    resource: AccessResource
    context: AccessContext | UnsetType = UNSET


class AccessDefaults(Struct):
    """One of several evaluations; what it leaves out is taken from the top level."""

    subject: AccessSubject | UnsetType = UNSET
    action: AccessAction | UnsetType = UNSET
    resource: AccessResource | UnsetType = UNSET
    context: AccessContext | UnsetType = UNSET


class AccessOptions(Struct):
    """How several evaluations are carried out."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] | UnsetType = UNSET


class AccessEvaluations(AccessDefaults):
    """Several evaluations with what they have in common; without any, the top level is the only one."""

    evaluations: Annotated[list[AccessDefaults], Meta(max_length=1000)] | UnsetType = UNSET
    options: AccessOptions | UnsetType = UNSET


class AccessFault(Struct):
    """One fault of an evaluation."""

    pointer: Annotated[str, Meta(description="JSON Pointer (RFC 6901) into the request")]
    message: str
    nearest: str | UnsetType = UNSET


class AccessError(Struct):
    """Why an evaluation could not be carried out: the rulebook does not know something that it names."""

    status: Literal[404, 409, 422]
    message: str
    errors: list[AccessFault] | UnsetType = UNSET


class AccessReasons(Struct):
    """Why: the rule behind a decision, or the error that stands in for one."""

    effect: Literal["permit", "deny", "approval"] | UnsetType = UNSET
    approver: (
        Annotated[str | None, Meta(description="who may permit it, where the effect is `approval`")] | UnsetType
    ) = UNSET
    by: RuleId | UnsetType = UNSET
    cites: Annotated[list[str], Meta(description="clauses of the written procedure")] | UnsetType = UNSET
    reason_admin: Annotated[dict[str, str], Meta(description="by language; not for the user")] | UnsetType = UNSET
    reason_user: Annotated[dict[str, str], Meta(description="by language; what may be said")] | UnsetType = UNSET
    rulebook: UsedRulebook | UnsetType = UNSET
    at: Instant | UnsetType = UNSET
    error: AccessError | UnsetType = UNSET


class AccessDecision(Struct):
    """True only where the rulebook permits it outright; an approval that is still needed is false."""

    decision: bool
    context: AccessReasons


class AccessDecisions(Struct):
    """The decisions in the order of the evaluations, up to the one that settles it where `options` say so."""

    evaluations: list[AccessDecision]


class AccessConfiguration(Struct):
    """Where the endpoints are."""

    policy_decision_point: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
    access_evaluation_endpoint: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
    access_evaluations_endpoint: Annotated[str, Meta(extra_json_schema={"format": "uri"})]
