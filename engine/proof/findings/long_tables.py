"""Stages of very many rules: gaps, hidden results, rules that never fire and rules that change nothing.

Of a row that hides something one row is told that it hides, not every one. Where facts depend on each other, or a rule
asks of texts and sets, the solver is asked (`long_tied`).
"""

from collections.abc import Iterator

from ...diagnostics import Diagnostic
from ..blocks import TooManySteps, members
from ..space import Unknown, Witness, sentence
from .gaps import COMPLETE
from .long_tellings import Tellings
from .long_tied import gap, tied_table
from .plain import Plain
from .study import CHOOSING, Study, meets
from .unreachable import unreached


def long_tables(study: Study) -> Iterator[Diagnostic]:
    """What is found in the stages that have very many rules."""
    for stage in study.long:
        if stage not in CHOOSING:
            yield study.undecided(f"every rule of `{stage}` has an effect", Unknown("it has too many rules"), (stage,))
        elif (plain := study.plain(stage)) is None:
            yield from tied_table(study, stage)
        else:
            yield from _plain_table(study, Tellings(study, stage), plain)


def _plain_table(study: Study, tellings: Tellings, plain: Plain) -> Iterator[Diagnostic]:
    for i in range(len(plain.rows)):
        if plain.dead >> i & 1:
            is_full = tellings.is_next_full("never-fires")
            told = unreached(study, tellings.stage, i) if is_full and not all(plain.table.block(i)) else None
            yield tellings.counted(told) if told else tellings.never(i, _cover(plain, i) if is_full else None)
        else:
            yield from _hidden(study, tellings, plain, i)
    yield from _idle(tellings, plain)
    if tellings.stage in COMPLETE and all(row.when for row in plain.rows):
        for is_stated in (True, False):
            # An earlier stage may be silent where this one is; whether it is, the solver knows.
            is_first = not any(study.rows(name) for name in COMPLETE[: COMPLETE.index(tellings.stage)])
            if is_stated or is_first:
                yield from _gap(study, tellings, plain, is_stated=is_stated)
            else:
                yield from gap(study, tellings, is_stated=is_stated)


def _cover(plain: Plain, i: int) -> list[int] | None:
    try:
        return plain.cover(i)
    except TooManySteps:
        return None


def _hidden(study: Study, tellings: Tellings, plain: Plain, i: int) -> Iterator[Diagnostic]:
    """What a row hides."""
    rows = plain.rows
    try:
        j = plain.hides(i)
        if j is None:
            return
        if not tellings.is_next_full("hidden-result"):
            yield tellings.hidden(i, j, None, None)
            return
        block, by = plain.both(i, j), plain.before(i)
        cells = plain.plainest(block, by)
    except TooManySteps:
        yield tellings.unknown(i, f"`{rows[i].id}` ever hides another row")
        return
    shown = study.settled(tellings.stage, plain.literals(cells), rows[i].id, meets(rows[j])) if cells else None
    if cells is None or not isinstance(shown, Witness):
        yield tellings.unknown(i, f"`{rows[i].id}` ever hides `{rows[j].id}`", "no request was found that shows it")
    else:
        words = sentence(study.space_of(tellings.stage), plain.box(cells, block, by))
        yield tellings.hidden(i, j, words, shown)


def _idle(tellings: Tellings, plain: Plain) -> Iterator[Diagnostic]:
    """Rules that change nothing. Rules are tried from the last one, each without those found."""
    gone = plain.dead
    for i in reversed(range(len(plain.rows))):
        try:
            alike = plain.idle(i, gone)
        except TooManySteps:
            yield tellings.unknown(i, f"`{plain.rows[i].id}` changes anything")
            continue
        if alike:
            gone |= 1 << i
            yield tellings.idle(i, [*members(alike)])


def _gap(study: Study, tellings: Tellings, plain: Plain, *, is_stated: bool) -> Iterator[Diagnostic]:
    last, stage = len(plain.rows) - 1, tellings.stage
    by = plain.before(last + 1)
    try:
        block = plain.gap(is_stated=is_stated)
        cells = None if block is None else plain.plainest(block, by)
    except TooManySteps:
        yield tellings.unknown(last, f"`{stage}` decides every request")
        return
    if block is not None and cells is not None:
        shown = study.settled(stage, plain.literals(cells), f"{stage}.none")
        if isinstance(shown, Witness):
            words = sentence(study.space_of(stage), plain.box(cells, plain.table.whole, by))
            yield tellings.gap(is_stated=is_stated, words=words, shown=shown)
        else:
            yield tellings.unknown(last, f"`{stage}` decides every request", "no request was found that shows a gap")
