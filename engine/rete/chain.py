"""Decisions as chains of facts inside durable-rules: a stage's closing rule sets off the next stage.

A decision is a session of its own. What opens it is one small fact. The consequent of the rule that waits for it posts
the fact of the first stage; the consequent of each stage's closing rule runs the stage and posts the fact of the next.
"""

from collections.abc import Sequence

from ..rulebook import CellMap, Table
from ..stages import Conclude, EngineFault
from .core import Core
from .names import ID, OPENING, SESSION, STAGE, ZERO, fact_id
from .rulesets import build_ruleset
from .sessions import Sessions


class ReteChain:
    """The stages of one rulebook in durable-rules. May be run by several threads at once."""

    __slots__ = ("_actions", "_core", "_forms", "_sessions")

    def __init__(self, name: str, tables: Sequence[Table], cells: CellMap) -> None:
        """Raises EngineUnavailable, and EngineFault when durable-rules cannot take the tables."""
        ruleset = build_ruleset(tables, cells)
        self._actions = ruleset.actions
        self._forms = ruleset.forms
        self._core = Core(name, ruleset.rules)
        self._sessions = Sessions(tuple(fact_id(stage) for stage in range(OPENING, len(tables))))

    def run(self, cells: Sequence[int], conclude: Conclude) -> None:
        """Run the stages from the first one on; see `Chain`."""
        session = self._sessions.take()
        # Deleting a session in which no rule ever fired would free memory that durable-rules never set:
        # the opening fact is too small to be refused, and everything else happens in consequents. Should it fail all
        # the same, the session is neither deleted nor used again.
        state = self._core.post({SESSION: session, ID: fact_id(OPENING), STAGE: OPENING})
        try:
            self._follow(session, state, cells, conclude)
        finally:
            self._core.forget(session)
            self._sessions.give_back(session)

    def _follow(self, session: str, state: int, cells: Sequence[int], conclude: Conclude) -> None:
        """Carry out what durable-rules says until it says no more."""
        stage: int | None = OPENING
        applying = 0
        rule = self._core.first_action(state)
        while rule is not None:
            action = self._actions.get(rule)
            if action is None or action.stage != stage:
                raise EngineFault(f"durable-rules fired the rule `{rule}` out of turn")
            if action.row is not None:
                applying |= 1 << action.row
            else:
                stage = 0 if stage == OPENING else conclude(stage, applying)
                applying = 0
                if stage is not None:
                    self._core.post(self._fact(session, stage, cells))
            rule = self._core.next_action(state)
        if stage is not None:
            raise EngineFault("durable-rules stopped before the last stage")

    def _fact(self, session: str, stage: int, cells: Sequence[int]) -> dict[str, str | int]:
        named: dict[str, str | int] = {SESSION: session, ID: fact_id(stage), STAGE: stage, ZERO: 0}
        return named | self._forms[stage].properties(cells)


def compile_chain(name: str, tables: Sequence[Table], cells: CellMap) -> ReteChain:
    """The tables of a rulebook's stages, made ready in durable-rules. Raises EngineUnavailable and EngineFault."""
    return ReteChain(name, tables, cells)
