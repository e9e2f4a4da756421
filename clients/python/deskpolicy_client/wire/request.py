"""What `POST /v1/decide` takes. Names that are not here are refused."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from .values import Count, Instant, RulebookId, Version

Text = Annotated[str, Meta(max_length=100_000)]
Declarable = Annotated[Text | float | None, Meta(description="a text; some rulebooks declare a list or a number")]
Line = Annotated[int, Meta(ge=1, le=3)]
Texts = Annotated[list[Text], Meta(max_length=1000)]
Own = Annotated[
    dict[str, Text | float | bool | Texts | None],
    Meta(description="facts that the rulebook declares of its own, by name; others are refused"),
]

Language = Annotated[
    str,
    Meta(
        description="of `because` and `say`; left out: the first of `Accept-Language`, the requester's language and "
        "English that the rulebook has",
        pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
        max_length=35,
    ),
]


class Strict(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a request, in which a name that is not known is refused."""


class Wait(Strict):
    """A time in which the ticket waited for its requester; without `until` it still does."""

    start: Instant = field(name="from")
    until: Instant | None = None


class Message(Strict):
    """A message between the requester and the agents."""

    at: Instant
    sender: Literal["requester", "agent"] = field(name="from")
    channel: Text | None = None


class TakenState(Strict):
    """A state, in the help desk's own word, that the ticket took on at an instant and kept until the next."""

    at: Instant
    state: Annotated[str, Meta(min_length=1, max_length=100_000)]


class Ticket(Strict):
    """The ticket. Whatever is left out or null is absent, which never makes a request fail."""

    id: Text | None = None
    channel: Declarable = None
    subject: Text | None = None
    text: Text | None = None
    language: Text | None = None
    reported_kind: Declarable = None
    category: Declarable = None
    service: Declarable = None
    impact: Declarable = None
    urgency: Declarable = None
    status: Literal["new", "open", "waiting", "resolved", "closed"] | None = None
    tags: Texts | None = None
    line: Line | None = None
    group: Declarable = None
    owner: Text | None = None
    parent: Text | None = None
    parent_owner: Text | None = None
    created_at: Instant | None = None
    first_response_at: Instant | None = None
    last_update_at: Instant | None = None
    resolved_at: Instant | None = None
    priority_changed_at: Instant | None = None
    waits: Annotated[list[Wait], Meta(max_length=1000)] | None = None
    messages: Annotated[list[Message], Meta(max_length=1000)] | None = None
    states: Annotated[list[TakenState], Meta(max_length=1000)] | None = None
    reopened: Count | None = None
    fields: Own | None = None


class Requester(Strict):
    """Who asks."""

    id: Text | None = None
    relation: Literal["employee", "client", "prospect", "partner", "end_user"] | None = None
    tier: Declarable = None
    role: Declarable = None
    language: Text | None = None
    warnings: Count | None = None
    fields: Own | None = None


class Agent(Strict):
    """Who is acting."""

    id: Text | None = None
    role: Declarable = None
    group: Declarable = None
    line: Line | None = None
    skills: Texts | None = None
    fields: Own | None = None


class Member(Strict):
    """One who could be assigned."""

    id: Text
    group: Text | None = None
    role: Text | None = None
    line: Line | None = None
    skills: Texts | None = None
    online: bool | None = None
    in_distribution: bool | None = None
    open_tickets: Count | None = None
    capacity: Count | None = None
    last_assigned_at: Instant | None = None
    on_leave: bool | None = None


class Ask(Strict):
    """Questions. What is left out asks for every topic, every action that the rulebook knows."""

    disclose: Annotated[list[str], Meta(description="topics that may be told")] | None = None
    to: Annotated[str, Meta(description="the audience; left out: the requester's relation")] | None = None
    do: Annotated[list[str], Meta(description="actions of the agent")] | None = None


class Explain(Strict):
    """What to explain, and to whom: an audience is shown nothing that the disclosures deny to it."""

    near: Annotated[bool, Meta(description="also return `near`")] | None = None
    to: (
        Annotated[str, Meta(description="an audience, or `requester`: the requester's relation; left out: the desk")]
        | None
    ) = None


class Request(Strict):
    """A question to a rulebook: one ticket, whom it comes from, who is acting, who could take it."""

    rulebook: RulebookId
    version: Annotated[Version, Meta(description="left out: the version in force at `at`")] | None = None
    at: Annotated[Instant, Meta(description="the instant the decision is for; left out: now")] | None = None
    ticket: Ticket | None = None
    requester: Requester | None = None
    agent: Agent | None = None
    roster: Annotated[list[Member], Meta(max_length=10_000)] | None = None
    ask: Ask | None = None
    explain: Annotated[
        bool | Literal["near"] | Explain | None,
        Meta(description="also return `trace`; `near`: and the rules that came near"),
    ] = None
    language: Language | None = None
