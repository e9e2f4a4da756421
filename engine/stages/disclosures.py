"""Disclosures: what may be told to whom."""

from typing import Any

from ..rulebook import Row
from .case import Case
from .effects import EffectProgram, EffectStage
from .program import Parts


class Disclosures(EffectStage):
    """Topics with their effect for an audience, and the words that may be said about them."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("disclosures", "topics", says=True)

    def program(self, parts: Parts) -> "DisclosureProgram":
        """The stage made ready to run."""
        return DisclosureProgram(parts)


class DisclosureProgram(EffectProgram):
    """Answers `ask.disclose` for the audience `ask.to`, left out: the requester's relation."""

    __slots__ = ()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts, _shape)

    def run(self, case: Case) -> dict[str, Any]:
        """The stage's part."""
        audience = case.asked.get("to") or case.requester.get("relation")
        return self.answer(case, audience, case.asked.get("disclose"))


def _shape(effect: str, row: Row | None, language: str) -> dict[str, Any]:
    given = row.outcome if row else None
    say = None
    if given is not None and given.say:
        say = given.say.get(language) or given.say.get("en") or next(iter(given.say.values()))
    approver = given.approver if given is not None and effect == "approval" else None
    return {"effect": effect, "say": say, "approver": approver, "by": row.id if row else "disclosures.none"}
