"""What a line of the decision log holds. `schemas/decision-log.schema.json` is made from it. Knows no sink."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from ..wire.decision import UsedRulebook
from ..wire.values import Digest

FORMAT: Final = 1
"""Changes when a reader of former records would misunderstand."""

Format = Annotated[Literal[1], Meta(description="of the record")]
CallId = Annotated[str, Meta(description="the `X-Request-Id` of the call; the lines of a batch share it")]
Worker = Annotated[int, Meta(description="the number of the worker that decided, from 1")]
Engine = Annotated[str, Meta(description="what found the rules that apply")]


class DecisionRecord(Struct, tag_field="kind", tag="decision", kw_only=True):
    """A decision that was made, and all that it takes to make it again."""

    format: Format = FORMAT
    time: Annotated[datetime, Meta(description="when it was made", tz=True)]
    call: CallId
    caller: Annotated[str | None, Meta(description="the name of the key or the subject of the token; null: unknown")]
    worker: Worker
    engine: Engine
    rulebook: Annotated[UsedRulebook, Meta(description="which decided")]
    request_digest: Annotated[Digest, Meta(description='of `{"languages":…,"request":…}`, just as they stand here')]
    languages: Annotated[list[str], Meta(description="of the `Accept-Language` header, best first")]
    request: Annotated[Raw, Meta(description="with the `at` that it was decided for; its names are sorted")]
    masked: Annotated[list[str], Meta(description="JSON Pointers into this record, of what is replaced by its hash")]
    decision: Annotated[Raw, Meta(description="as it was answered")]


class Sides(Struct):
    """The rules that settled a part, on either side."""

    in_force: list[str]
    candidate: list[str]


class ShadowRecord(Struct, tag_field="kind", tag="shadow", kw_only=True):
    """A decision that a candidate would have made otherwise."""

    format: Format = FORMAT
    time: Annotated[datetime, Meta(description="when the decision was made", tz=True)]
    call: CallId
    worker: Worker
    engine: Engine
    rulebook: Annotated[UsedRulebook, Meta(description="which decided")]
    candidate: Annotated[UsedRulebook, Meta(description="which would have decided otherwise")]
    request_digest: Annotated[Digest, Meta(description="the same as in the record of the decision")]
    parts: Annotated[dict[str, Sides], Meta(description="those that differ; `refused`: the candidate refuses it")]


Entry = DecisionRecord | ShadowRecord

_encode: Final = msgspec.json.Encoder().encode


def line_of(record: Entry) -> bytes:
    """A record as a line of JSON, its line feed at the end."""
    return _encode(record) + b"\n"


def schema_document() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line."""
    schema = msgspec.json.schema(Entry)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://deskpolicy.invalid/schemas/decision-log.schema.json",
        "title": "deskpolicy decision log",
        "description": "one line of the decision log",
        **schema,
    }
