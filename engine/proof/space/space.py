"""The space of all requests to one or several rulebooks, as clauses over the cells of facts.

Every request corresponds to an answer of the solver. An answer of the solver need not correspond to a request where a
fact is loose (see `links`): so what the solver excludes is proved, and what it finds is tried on the engine. Knows how
rules, stages and derived facts hang together; what is asked comes from elsewhere.
"""

from collections.abc import Iterable, Sequence

from ...tables import Test
from .formulas import Applies, Every, Formula, Has, Holds, Not, Runs, Settles, Some
from .observed import AUDIENCE
from .sharing import fitting
from .sides import Key, Side, Situation
from .staging import Decided, decide_stages
from .unknowns import Unknowns


class Space(Unknowns):
    """The space of one side, or of several whose requests share all facts that are nobody's own."""

    def __init__(self, sides: Sequence[Side], asked: Iterable[Formula] = ()) -> None:
        """`asked` are questions whose conditions cut cells beyond those of the rules."""
        super().__init__(sides, asked)
        self.decided = [decide_stages(self, number) for number in range(len(sides))]

    def literal(self, formula: Formula) -> int:
        """The literal of a formula. Its conditions must have been announced in `asked`, or be those of rules."""
        match formula:
            case Holds(fact=fact, condition=condition, side=side):
                return self.holds(fact, condition, side)
            case Applies(stage=stage, row=row, side=side):
                return self.decided[side][stage].applies[row]
            case Settles(stage=stage, row=None, side=side):
                return self.decided[side][stage].none
            case Settles(stage=stage, row=int(row), side=side):
                return self.decided[side][stage].settles[row]
            case Runs(stage=stage, side=side):
                return self.decided[side][stage].runs
            case Has():
                return self._effect(formula)
            case Not(of=inner):
                return -self.literal(inner)
            case Every(of=parts):
                return self.clauses.all_of([self.literal(part) for part in parts])
            case Some(of=parts):
                return self.clauses.any_of([self.literal(part) for part in parts])
        raise TypeError(formula)

    def _effect(self, asked: Has) -> int:
        """Deny comes before approval, and approval before permit; what no rule permits is denied."""
        said = {effect: self._said(asked, effect) for effect in ("deny", "approval", "permit")}
        approval = self.clauses.all_of((said["approval"], -said["deny"]))
        permit = self.clauses.all_of((said["permit"], -said["deny"], -said["approval"]))
        if asked.effect == "deny":
            return self.clauses.all_of((-approval, -permit))
        return approval if asked.effect == "approval" else permit

    def _said(self, asked: Has, effect: str) -> int:
        """Whether some rule that applies says this of the name, to the audience in question."""
        decided = self.decided[asked.side][asked.stage]
        rows = decided.stage.rows if decided.stage else ()
        return self.clauses.any_of(
            self.clauses.all_of((applies, self.addressed(row.outcome.audiences, effect, asked.side)))
            for applies, row in zip(decided.applies, rows, strict=True)
            if asked.name in row.outcome.names.get(effect, ())
        )

    def addressed(self, audiences: frozenset[str] | None, effect: str, side: int) -> int:
        """Whether a rule with this effect speaks to the audience in question; None: it speaks to all."""
        if audiences is None:
            return self.clauses.true
        named, relation = (self.variables[self.key(f, side)].stated for f in (AUDIENCE, "requester.relation"))
        meant = (Test("one_of", audiences),)
        asked, usual = (
            self.variables[key].holds(fitting(meant, self.kinds[key]))
            for key in (self.key(AUDIENCE, side), self.key("requester.relation", side))
        )
        possible = [asked, self.clauses.all_of((-named, usual))]
        if effect != "permit":
            possible.append(self.clauses.all_of((-named, -relation)))
        return self.clauses.any_of(possible)


__all__ = ["Decided", "Key", "Side", "Situation", "Space"]
