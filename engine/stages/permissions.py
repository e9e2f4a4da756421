"""Permissions: what the acting agent may do."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..rulebook import Row
from .effects import EffectProgram, EffectStage, EffectTable
from .program import Parts


class Permissions(EffectStage):
    """Actions with their effect for the agent of the request."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("permissions", "actions", says=False)

    def program(self, parts: Parts) -> EffectProgram:
        """The stage made ready to run."""
        return EffectProgram(parts, EffectTable(parts), _shape, _asked)


def _asked(request: Mapping[str, Any]) -> tuple[str | None, Sequence[str] | None]:
    """`ask.do`; actions have no audience."""
    asked = request.get("ask")
    return None, asked.get("do") if asked else None


def _shape(effect: str, row: Row | None, language: str) -> dict[str, Any]:
    approver = row.outcome.approver if row and effect == "approval" else None
    return {"effect": effect, "approver": approver, "by": row.id if row else "permissions.none"}
