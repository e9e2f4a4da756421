"""Disclosures: what may be told to whom."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..rulebook import Row
from .effects import EffectProgram, EffectStage, EffectTable
from .program import Parts
from .wording import in_language


class Disclosures(EffectStage):
    """Topics with their effect for an audience, and the words that may be said about them."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("disclosures", "topics", says=True)

    def program(self, parts: Parts) -> EffectProgram:
        """The stage made ready to run."""
        return EffectProgram(parts, EffectTable(parts), _shape, _asked)


def _asked(request: Mapping[str, Any]) -> tuple[str | None, Sequence[str] | None]:
    """`ask.to`, left out: the requester's relation; and `ask.disclose`."""
    asked = request.get("ask")
    if asked:
        audience = asked.get("to")
        if audience is not None:
            return audience, asked.get("disclose")
    requester = request.get("requester")
    return (requester or {}).get("relation"), (asked or {}).get("disclose")


def _shape(effect: str, row: Row | None, language: str) -> dict[str, Any]:
    given = row.outcome if row else None
    say = in_language(given.say, language) if given is not None and given.say else None
    approver = given.approver if given is not None and effect == "approval" else None
    return {"effect": effect, "say": say, "approver": approver, "by": row.id if row else "disclosures.none"}
