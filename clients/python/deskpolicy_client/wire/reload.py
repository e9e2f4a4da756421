"""What the service tells of a reload."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from .listing import InForce
from .values import Count, Digest, Duration, Instant, RulebookId, Version

Outcome: TypeAlias = Literal["loaded", "replaced", "unchanged", "refused"]
SetDigest = Annotated[
    str, Meta(pattern=r"^sha256:[0-9a-f]{64}$", description="of the whole set: changes with any of its rulebooks")
]


class LoadedVersion(Struct, frozen=True):
    """One version of a rulebook that the service answers with."""

    id: RulebookId
    version: Version
    digest: Digest
    in_force: InForce | None


class WorkerState(Struct, frozen=True):
    """One worker process, and the set of rulebooks that it answers with."""

    worker: Annotated[int, Meta(ge=1)]
    pid: Count
    digest: SetDigest


class Finding(Struct, frozen=True):
    """One fault of a rulebook, or of what holds the rulebooks."""

    code: str
    severity: Literal["error", "warning"]
    message: str
    file: str
    line: Annotated[int, Meta(ge=1)] = 1
    column: Annotated[int, Meta(ge=1)] = 1
    end_line: Annotated[int, Meta(ge=1)] = 1
    end_column: Annotated[int, Meta(ge=1)] = 1
    help: str | None = None


class Receipt(Struct, frozen=True, kw_only=True):
    """What came of a reload, and what each worker answers with since."""

    outcome: Annotated[
        Outcome, Meta(description="`loaded`: when the service started; `refused`: the set before goes on")
    ]
    generation: Annotated[Count, Meta(description="how many sets have been put in use")]
    digest: SetDigest
    rulebooks: tuple[LoadedVersion, ...]
    workers: tuple[WorkerState, ...]
    at: Instant
    took: Duration
    diagnostics: tuple[Finding, ...] = ()
