"""Rules that change nothing: without one every decision's results would stay as they are, names and reasons aside.

What a rule says where else no rule would speak, or where else only a rule without conditions would, is no such case:
that is how a table is written out in full and how a default is given its reason. Nor is a cell of a matrix.
"""

from collections.abc import Collection, Iterator, Sequence

from ...diagnostics import Diagnostic
from ...rulebook import Row
from ..blocks import TooManySteps, bits_of
from ..space import FALSE, Applies, Formula, Not, Proved, Settles, Unknown, every, some
from .addressing import decides, has_effect, says_alike
from .study import CHOOSING, Study, named, pasted


def changes_nothing(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule that could be left out. Rules are tried from the last one, each without those found."""
    for stage in study.stages:
        gone = study.never(stage)
        for i in reversed(range(len(study.rows(stage)))):
            alike = _alike(study, stage, i, gone)
            if i in gone or not alike or _is_at_work(study, stage, i, gone):
                continue
            verdict = study.ask(_difference(study, stage, i, alike, gone), sparing=False)
            row = study.rows(stage)[i]
            if isinstance(verdict, Unknown):
                yield study.undecided(f"`{row.id}` changes anything", verdict, row.path)
            elif isinstance(verdict, Proved):
                gone.add(i)
                yield _told(study, stage, i, alike)


def _is_at_work(study: Study, stage: str, i: int, gone: Collection[int]) -> bool:
    """Whether a rule is known to change something, without asking."""
    plain = study.plain(stage) if stage in CHOOSING else None
    try:
        return plain is not None and not plain.idle(i, bits_of(sorted(gone)))
    except TooManySteps:
        return False


def _told(study: Study, stage: str, i: int, alike: Collection[int]) -> Diagnostic:
    rows, shown = study.rows(stage), study.shown(stage, i)
    beside = [rows[k] for k in sorted(alike) if _meet(study, stage, i, k)]
    witness = pasted(f"{rows[i].id} fires here", shown, stage) if shown else None
    return study.warning(
        "changes-nothing",
        f"`{rows[i].id}` changes nothing: what it gives, {named(beside)} would give without it",
        rows[i].path,
        help="delete it; where it is kept for its reason or its clause, suppress this and say so",
        related=study.related(beside, "gives the same"),
        witness=witness,
    )


def _meet(study: Study, stage: str, i: int, k: int) -> bool:
    decided = study.space.decided[0][stage]
    first = decided.settles[i] if stage in CHOOSING else decided.applies[i]
    return study.space.clauses.can_hold([first, decided.applies[k]])


def _alike(study: Study, stage: str, i: int, gone: Collection[int]) -> list[int]:
    """The rules by which a rule might be replaced; none where it says something that no other does."""
    rows = study.rows(stage)
    others = [k for k in range(len(rows)) if k != i and k not in gone and rows[k].when]
    if rows[i].path[1:2] == ("matrix",):
        return []
    if stage in CHOOSING:
        return [k for k in others if k > i and rows[k].outcome == rows[i].outcome]
    if stage == "obligations":
        found = [k for k in others if any(duty in rows[k].outcome for duty in rows[i].outcome)]
        is_whole = all(any(duty in rows[k].outcome for k in found) for duty in rows[i].outcome)
    else:
        spoken = [(effect, name) for effect, names in rows[i].outcome.names.items() for name in names]
        if all(isinstance(study.ask(has_effect(study, stage, i, *pair), sparing=False), Proved) for pair in spoken):
            return []  # it is outdone in all it says, and that is told
        pairs = [pair for pair in spoken if not _is_said_before(study, stage, i, *pair, gone)]
        found = [k for k in others if any(says_alike(rows[i], rows[k], *pair) for pair in pairs or spoken)]
        if not pairs and not found:
            found = [
                k for k in range(i) if k not in gone and any(n in rows[k].outcome.names.get(e, ()) for e, n in spoken)
            ]
        is_whole = all(any(says_alike(rows[i], rows[k], *pair) for k in found) for pair in pairs)
    return found if is_whole else []


def _is_said_before(study: Study, stage: str, i: int, effect: str, name: str, gone: Collection[int]) -> bool:
    """Whether earlier rules always have the last word on a name."""
    return isinstance(study.ask(decides(study, stage, i, effect, name, gone), sparing=False), Proved)


def _difference(study: Study, stage: str, i: int, alike: Sequence[int], gone: Collection[int]) -> Formula:
    """That a request is decided otherwise without the rule."""
    rows = study.rows(stage)
    if stage in CHOOSING:
        return every(Settles(stage, i), Not(_next_is_alike(stage, len(rows), i, alike, gone)))
    if stage == "obligations":
        said = (some(Applies(stage, k) for k in alike if duty in rows[k].outcome) for duty in rows[i].outcome)
        return every(Applies(stage, i), some(Not(one) for one in said))
    return some(
        every(decides(study, stage, i, effect, name, gone), Not(_next_says_alike(study, stage, i, effect, name, gone)))
        for effect, names in rows[i].outcome.names.items()
        for name in names
    )


def _next_is_alike(stage: str, count: int, i: int, alike: Sequence[int], gone: Collection[int]) -> Formula:
    """That of the later rules the first that applies gives the same."""
    found: Formula = FALSE
    for k in reversed(range(i + 1, count)):
        if k in alike:
            found = some([Applies(stage, k), found])
        elif k not in gone and found != FALSE:
            found = every(Not(Applies(stage, k)), found)
    return found


def _next_says_alike(study: Study, stage: str, i: int, effect: str, name: str, gone: Collection[int]) -> Formula:
    """That without a rule another one has the last word on a name, to the same effect and in the same words."""
    rows: Sequence[Row] = study.rows(stage)
    return some(
        decides(study, stage, k, effect, name, {*gone, i})
        for k in range(i + 1, len(rows))
        if k not in gone and rows[k].when and says_alike(rows[i], rows[k], effect, name)
    )
