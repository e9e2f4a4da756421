"""A problem document (RFC 9457)."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from .reload import Receipt


class Fault(Struct):
    """One fault of a request."""

    pointer: Annotated[str, Meta(description="JSON Pointer (RFC 6901) into the request", examples=["/ticket/urgency"])]
    message: str
    nearest: Annotated[str, Meta(description="the known name most like the one sent")] | UnsetType = UNSET


class Problem(Struct):
    """Why there is no answer."""

    type: Annotated[
        str,
        Meta(
            description="what kind of problem it is; this service answers the reference with an explanation",
            examples=["/problems/does-not-fit"],
            extra_json_schema={"format": "uri-reference"},
        ),
    ]
    title: str
    status: int
    detail: str | UnsetType = UNSET
    instance: Annotated[str, Meta(description="names this one occurrence in the service's log")] | UnsetType = UNSET
    errors: Annotated[list[Fault], Meta(description="every fault of the request")] | UnsetType = UNSET
    line: Annotated[int, Meta(ge=1, description="in a batch: the number of the line")] | UnsetType = UNSET
    receipt: Annotated[Receipt, Meta(description="of a reload that was refused")] | UnsetType = UNSET
