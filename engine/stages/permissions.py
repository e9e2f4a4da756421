"""Permissions: what the acting agent may do."""

from typing import Any

from ..rulebook import Row
from .case import Case
from .effects import EffectProgram, EffectStage
from .program import Parts


class Permissions(EffectStage):
    """Actions with their effect for the agent of the request."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("permissions", "actions", says=False)

    def program(self, parts: Parts) -> "PermissionProgram":
        """The stage made ready to run."""
        return PermissionProgram(parts)


class PermissionProgram(EffectProgram):
    """Answers `ask.do`."""

    __slots__ = ()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, _shape)

    def run(self, case: Case) -> dict[str, Any]:
        """The stage's part."""
        return self.answer(case, None, case.asked.get("do"))


def _shape(effect: str, row: Row | None, language: str) -> dict[str, Any]:
    approver = row.outcome.approver if row and effect == "approval" else None
    return {"effect": effect, "approver": approver, "by": row.id if row else "permissions.none"}
