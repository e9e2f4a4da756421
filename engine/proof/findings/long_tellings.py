"""How findings in stages of very many rules are told: the first of a kind in full, the others with what is left out.

Knows no search.
"""

from collections import Counter
from collections.abc import Sequence

from ...diagnostics import Diagnostic
from ...rulebook import Row
from ..space import Unknown, Witness
from .study import Study, named, pasted

EXPLAINED = 100
"""Findings of a kind that are told in full, with a request or with the rules that cover one."""


class Tellings:
    """A stage of which findings are told. Rules are told by their numbers."""

    def __init__(self, study: Study, stage: str) -> None:
        self.stage = stage
        self.rows: Sequence[Row] = study.rows(stage)
        self._study = study
        self._told: Counter[str] = Counter()

    def is_next_full(self, code: str) -> bool:
        """Whether the next finding of a kind is to be told in full."""
        return self._told[code] < EXPLAINED

    def counted(self, told: Diagnostic) -> Diagnostic:
        """A finding that is told elsewhere; it counts here."""
        self._told[told.code] += 1
        return told

    def hidden(self, i: int, j: int, words: str | None, shown: Witness | None) -> Diagnostic:
        """That a rule hides what another gives, with the requests where it does; None: they were not looked for."""
        self._told["hidden-result"] += 1
        help = "set the rows apart in one column; where the order is meant, suppress this and say why"
        told = f"`{self.rows[i].id}` comes first and hides what `{self.rows[j].id}` would give, and perhaps other rows"
        return self._study.warning(
            "hidden-result",
            told if words is None else f"{told}: {words}",
            self.rows[i].path,
            help=help if shown else f"{help}; a request is shown with the first {EXPLAINED} such findings only",
            related=self._study.related([self.rows[j]], "gives something else"),
            witness=pasted(f"{self.rows[i].id} hides {self.rows[j].id}", shown.seen[0], self.stage) if shown else None,
        )

    def never(self, i: int, covering: Sequence[int] | None) -> Diagnostic:
        """That a rule never fires, and by which rules it is covered; None: they were not looked for."""
        self._told["never-fires"] += 1
        cover, help = [self.rows[k] for k in covering or ()], "move it up, narrow what stands before it, or delete it"
        if covering is None:
            why = "no request that it is for reaches it"
            help += f"; what keeps them is told with the first {EXPLAINED} such findings only"
        else:
            take = "come first and together take" if len(cover) > 1 else "comes first and takes"
            why = f"{named(cover)} {take} every request that it is for"
        return self._study.warning(
            "never-fires",
            f"`{self.rows[i].id}` never fires: {why}",
            self.rows[i].path,
            help=help,
            related=self._study.related(cover, "comes before it"),
        )

    def idle(self, i: int, alike: Sequence[int]) -> Diagnostic:
        """That a rule changes nothing, since other rules always give the same."""
        beside = [self.rows[k] for k in alike]
        return self._study.warning(
            "changes-nothing",
            f"`{self.rows[i].id}` changes nothing: what it gives, {named(beside)} would give without it",
            self.rows[i].path,
            help="delete it; where it is kept for its reason or its clause, suppress this and say so",
            related=self._study.related(beside, "gives the same"),
        )

    def gap(self, *, is_stated: bool, words: str | None, shown: Witness) -> Diagnostic:
        """That the stage leaves a request undecided, and which are like it."""
        where = "a request that states all it asks about" if is_stated else "a request that leaves a fact out"
        told, stage = f"`{self.stage}` ends here and leaves undecided {where}", self.stage
        return self._study.warning(
            "gap" if is_stated else "gap-where-absent",
            told if words is None else f"{told}: {words}",
            self.rows[-1].path,
            help=f"add `otherwise` to `{stage}`, or a rule for these; where it is meant, suppress this and say why",
            witness=pasted(f"{stage} leaves this undecided", shown.seen[0], stage),
        )

    def unknown(self, i: int, question: str, why: str = "it takes too many steps") -> Diagnostic:
        """That something about a rule was neither proved nor shown."""
        return self._study.undecided(question, Unknown(why), self.rows[i].path)
