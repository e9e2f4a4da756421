"""Rows of one table that cross: both apply to some request, neither wherever the other does, and they disagree.

Only rows of one table are held against each other. Sections and rules in prose stand in an order that says which goes
before which, and a row inside a later, more general one is an exception to it.
"""

from collections.abc import Iterator

from ...diagnostics import Diagnostic
from ..space import Applies, Not, Proved, Settles, Unknown, Witness, every
from .study import CHOOSING, Study, named, pasted


def hidden_results(study: Study) -> Iterator[Diagnostic]:
    """A finding for each row that hides what later rows of its table give."""
    for stage in study.stages:
        if stage in CHOOSING:
            for i in range(len(study.rows(stage))):
                yield from _of_row(study, stage, i)


def _of_row(study: Study, stage: str, i: int) -> Iterator[Diagnostic]:
    rows = study.rows(stage)
    hidden = [j for j in range(i + 1, len(rows)) if _is_beside(study, stage, i, j) and _cross(study, stage, i, j)]
    shown: Witness | None = None
    words, sure = "", []
    for j in hidden:
        formula = every(Settles(stage, i), Applies(stage, j))
        verdict = study.ask(formula, sparing=shown is None)
        if isinstance(verdict, Unknown):
            yield study.undecided(f"`{rows[i].id}` ever hides `{rows[j].id}`", verdict, rows[i].path)
        elif isinstance(verdict, Witness):
            words = study.like(stage, formula, verdict) if shown is None else words
            shown = shown or verdict
            sure.append(rows[j])
    if shown is not None:
        yield study.warning(
            "hidden-result",
            f"`{rows[i].id}` comes first and hides what {named(sure)} would give: {words}",
            rows[i].path,
            help="set the rows apart in one column; where the order is meant, suppress this and say why",
            related=study.related(sure, "gives something else"),
            witness=pasted(f"{rows[i].id} hides {sure[0].id}", shown.seen[0], stage),
        )


def _is_beside(study: Study, stage: str, i: int, j: int) -> bool:
    """Whether two rules are rows of one table that give different things."""
    one, other = study.rows(stage)[i], study.rows(stage)[j]
    return one.path[1:2] == other.path[1:2] == ("table",) and one.outcome != other.outcome


def _cross(study: Study, stage: str, i: int, j: int) -> bool:
    decided, can_hold = study.space.decided[0][stage], study.space.clauses.can_hold
    return (
        can_hold([decided.settles[i], decided.applies[j]])
        and can_hold([decided.settles[i], -decided.applies[j]])
        and can_hold([decided.applies[j], -decided.applies[i]])
        and not isinstance(study.reached(stage, j), Proved)
        and (_is_plain(study) or (_can_be(study, Settles(stage, i), j) and _can_be(study, Applies(stage, j), i)))
    )


def _is_plain(study: Study) -> bool:
    """Whether the solver knows all there is to know of the facts: then what it says needs no request to show it."""
    space = study.space
    return not (space.marked() or space.loose or space.instants)


def _can_be(study: Study, one: Settles | Applies, other: int) -> bool:
    """Whether something is so of a request to which another rule does not apply."""
    return not isinstance(study.ask(every(one, Not(Applies(one.stage, other))), sparing=False), Proved)
