"""Rows of one table that cross: both apply to some request, neither wherever the other does, and they disagree.

Only rows of one table are held against each other. Sections and rules in prose stand in an order that says which goes
before which, and a row inside a later, more general one is an exception to it.
"""

from collections.abc import Iterator, Sequence

from ...diagnostics import Diagnostic
from ...rulebook import Row
from ..blocks import TooManySteps
from ..space import Applies, Not, Proved, Settles, Unknown, Witness, every, sentence
from .plain import Plain
from .study import CHOOSING, Study, named, pasted


def hidden_results(study: Study) -> Iterator[Diagnostic]:
    """A finding for each row that hides what later rows of its table give."""
    for stage in study.stages:
        if stage in CHOOSING:
            for i in range(len(study.rows(stage))):
                yield from _of_row(study, stage, i)


def _of_row(study: Study, stage: str, i: int) -> Iterator[Diagnostic]:
    plain = study.plain(stage)
    if plain is None:
        yield from _asked(study, stage, i)
        return
    try:
        found = _seen(study, plain, stage, i)
    except TooManySteps:
        yield from _asked(study, stage, i)
    else:
        yield from found


def _seen(study: Study, plain: Plain, stage: str, i: int) -> list[Diagnostic]:
    """What a row hides, where no solver is needed to know it."""
    hidden = plain.hidden_by(i)
    if not hidden:
        return []
    formula, block = every(Settles(stage, i), Applies(stage, hidden[0])), plain.both(i, hidden[0])
    cells = plain.plainest(block, plain.before(i))
    verdict = study.ask(formula, plain.literals(cells)) if cells else None
    if cells is None or not isinstance(verdict, Witness):
        return [*_asked(study, stage, i)]
    names = [study.rows(stage)[j] for j in hidden]
    words = sentence(study.space, plain.box(cells, block, plain.before(i)))
    return [_told(study, stage, i, names, words, verdict)]


def _asked(study: Study, stage: str, i: int) -> Iterator[Diagnostic]:
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
        yield _told(study, stage, i, sure, words, shown)


def _told(study: Study, stage: str, i: int, hidden: Sequence[Row], words: str, shown: Witness) -> Diagnostic:
    row = study.rows(stage)[i]
    return study.warning(
        "hidden-result",
        f"`{row.id}` comes first and hides what {named(hidden)} would give: {words}",
        row.path,
        help="set the rows apart in one column; where the order is meant, suppress this and say why",
        related=study.related(hidden, "gives something else"),
        witness=pasted(f"{row.id} hides {hidden[0].id}", shown.seen[0], stage),
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
