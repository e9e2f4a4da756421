"""What the service tells of itself and of its rulebooks."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

from .values import Count, Digest, Instant, RulebookId, Version

Title = Annotated[dict[str, str], Meta(description="by language")]


class InForce(Struct, frozen=True):
    """When a version applies: from one instant up to, not at, another; null: without end."""

    start: Instant | None = field(name="from")
    until: Instant | None


class VersionSummary(Struct):
    """One version of a rulebook; a draft has `in_force` null and is used only when asked for by its number."""

    version: Version
    digest: Digest
    in_force: InForce | None


class Rulebook(Struct):
    """One rulebook with its versions."""

    id: RulebookId
    title: Title
    versions: list[VersionSummary]


class Rulebooks(Struct):
    """Every rulebook that the service has."""

    rulebooks: list[Rulebook]


class VersionDetails(Struct):
    """One version of a rulebook: what it knows by name, and the ids of its rules."""

    id: RulebookId
    title: Title
    version: Version
    digest: Digest
    in_force: InForce | None
    language: Annotated[str, Meta(description="of the written procedure behind it")]
    languages: Annotated[list[str], Meta(description="in which it has texts")]
    stages: Annotated[dict[str, list[str]], Meta(description="its rules, in their order, by stage")]
    kinds: Annotated[list[str], Meta(description="of tickets; empty where texts of a request fill them in")]
    levels: Annotated[list[str], Meta(description="of priority, the highest first where the rulebook lists them")]
    targets: Annotated[list[str], Meta(description="of its SLA")]
    obligations: Annotated[list[str], Meta(description="that may stand under `do`")]
    topics: Annotated[list[str], Meta(description="that may be asked about under `ask.disclose`")]
    actions: Annotated[list[str], Meta(description="that may be asked about under `ask.do`")]
    audiences: Annotated[list[str], Meta(description="that may stand under `ask.to`")]


class Health(Struct):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Struct):
    """The rulebooks are loaded."""

    status: Literal["ready"]
    rulebooks: Annotated[Count, Meta(description="how many")]
    generation: Annotated[Count, Meta(description="how many sets of rulebooks have been put in use")]
    digest: Annotated[Digest, Meta(description="of the whole set")]


class Schema(Struct):
    """A JSON Schema (2020-12)."""

    dialect: str = field(name="$schema")
    type: Literal["object"]
    required: list[str]
    properties: dict[str, Any]
