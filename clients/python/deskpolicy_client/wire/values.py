"""Values that stand in requests and decisions alike."""

from typing import Annotated

from msgspec import Meta

Instant = Annotated[
    str,
    Meta(
        description="RFC 3339 with an offset, between 1970 and 2069",
        examples=["2026-11-23T09:30:00+03:00"],
        extra_json_schema={"format": "date-time"},
    ),
]
Duration = Annotated[
    str,
    Meta(
        # no `format: duration`: that of JSON Schema knows no fractions of a second
        pattern=r"^-?PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]{1,6})?S)?$",
        description="ISO 8601, in hours, minutes and seconds",
        examples=["PT30M"],
    ),
]
RulebookId = Annotated[str, Meta(description="the rulebook's id", examples=["internal-it"])]
Version = Annotated[str, Meta(pattern=r"^\d+\.\d+\.\d+$", description="an exact version", examples=["1.0.0"])]
Digest = Annotated[str, Meta(pattern=r"^sha256:[0-9a-f]{64}$", description="changes with the rulebook's meaning")]
Count = Annotated[int, Meta(ge=0)]
RuleId = Annotated[str, Meta(description="the id of the rule that settled it")]
