"""What the service tells of candidates in the shadow."""

from typing import Annotated

from msgspec import Meta, Struct

from .values import Count, Digest, Instant, RulebookId, RuleId, Version


class ShadowSides(Struct):
    """The rules that settled a part, on either side."""

    in_force: list[RuleId]
    candidate: list[RuleId]


class ShadowCandidate(Struct):
    """The version that decides in the shadow."""

    version: Version
    digest: Digest


class ShadowDifference(Struct):
    """A decision that the candidate would have made otherwise."""

    time: Instant
    call: Annotated[str, Meta(description="the `X-Request-Id` of the call")]
    version: Annotated[Version, Meta(description="that decided")]
    request_digest: Annotated[Digest, Meta(description="the same as in the decision log")]
    parts: Annotated[
        dict[str, ShadowSides], Meta(description="that differ; `refused`: the candidate refuses the request")
    ]


class Shadow(Struct):
    """One candidate."""

    rulebook: RulebookId
    candidate: Annotated[ShadowCandidate | None, Meta(description="null: it is not there any more")]
    trouble: Annotated[str | None, Meta(description="why it does not decide, or is not the newest")]
    compared: Count
    different: Count
    failed: Annotated[Count, Meta(description="in which the candidate failed")]
    parts: Annotated[dict[str, Count], Meta(description="how often each part differed")]
    latest: list[ShadowDifference]


class Shadows(Struct):
    """The candidates in the shadow, as the worker that answers sees them."""

    worker: Annotated[int, Meta(description="its number, from 1")]
    waiting: Annotated[Count, Meta(description="decisions that are still to be compared")]
    lost: Annotated[Count, Meta(description="decisions that came faster than they were compared")]
    shadows: list[Shadow]
