"""The stages of a rulebook written out as one function: the short way through a decision that nobody asks to explain.

It gives what `in_order` gives, in fewer steps, and says nothing of its own: the columns are those of the index, what a
row gives was made ready by the stage's runner, and where nothing is ready it calls that runner. The source holds only
names of stages, numbers and names made here, never a text of a rulebook or a request; all else is bound by name.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..stages import Case, Parts, Runner, first_place
from ..tables import Index
from .answers import Answers
from .pages import Page, build

ShortWay = Callable[[Mapping[str, Any], int, list[int]], Any]
"""From a request that nobody asks to explain, its instant and its cells to its answer."""
LongWay = Callable[[Case], Any]
Begin = Callable[[Mapping[str, Any], int, list[int]], Case]
"""The case of a request, for what takes one."""
Task = Callable[[Case], Any]
IN_A_LINE = 8
"""Columns of a table in one line: what is compiled is never nested deeply, however many facts a table asks about."""


class Stage(NamedTuple):
    """What is written out of one stage."""

    parts: Parts
    runner: Runner
    derive: Task | None
    """Works out the derived facts that are known after it."""


def write_out(
    title: str,
    begin: Begin,
    derive_first: Task | None,
    stages: Sequence[Stage],
    long_way: LongWay,
    answers: Answers,
) -> ShortWay:
    """The function for these stages, the first of which is admission; what that refuses goes the long way.

    `title` is the name under which a traceback shows the source.
    """
    page = Page()
    page.bind("begin", begin)
    page.bind("long_way", long_way)
    page.write("case = None")
    if any(stage.runner.timed for stage in stages):
        page.write("ticket = request.get('ticket') or ()")
    _write_task(derive_first, "derive_first", page)
    taken = "give()" if answers.is_copied else "give"
    parts = {stage.parts.name: _write_stage(stage, page, taken, place == 0) for place, stage in enumerate(stages)}
    answers.write(page, parts)
    return build(title, page, "request, at, cells")


_BEGIN = "if case is None: case = begin(request, at, cells)"
"""Written before whatever takes a case: most decisions take none."""


def _write_task(task: Task | None, name: str, page: Page) -> None:
    if task is not None:
        page.write(_BEGIN, f"{page.bind(name, task)}(case)")


def _write_stage(stage: Stage, page: Page, taken: str, is_admission: bool) -> str:
    """Write what works a stage's part out; gives the expression that stands for the part.

    `taken` is the expression for the part where `give` is what the rendering has kept of it.
    """
    give = _constant(stage, page, taken)
    if give is None:
        _write_search(stage, page, taken, is_admission)
        give = stage.parts.name
    _write_task(stage.derive, f"derive_after_{stage.parts.name}", page)
    return give


def _constant(stage: Stage, page: Page, taken: str) -> str | None:
    """The part of a stage that gives the same whatever the request; None for other stages."""
    parts, runner = stage.parts, stage.runner
    if parts.table.index.columns or runner.ready is None or runner.timed:
        return None
    entry = runner.ready[first_place(parts.table.index.all_rows)]
    if entry is None:
        return None
    give, *cells = entry
    page.write(*(f"cells[{slot}] = {cell}" for slot, cell in zip(parts.slots, cells, strict=True)))
    return taken.replace("give", page.bind(f"give_{parts.name}", give))


def _write_search(stage: Stage, page: Page, taken: str, is_admission: bool) -> None:
    """Find the rows that apply, then take what the first of them has ready, or else run the stage."""
    parts, runner = stage.parts, stage.runner
    name, rows = parts.name, _rows(parts, page) if runner.ready is None else _first_rows(parts, page)
    if is_admission:
        run = [_BEGIN, "return long_way(case)"]
    elif runner.say is not None:
        run = [*rows, f"{name} = {page.bind(f'say_{name}', runner.say)}(request, rows)"]
    else:
        run = [*rows, _BEGIN, f"{name} = {page.bind(f'run_{name}', runner.run)}(case, rows)"]
    if runner.ready is None:
        page.write(*run)
        return
    place = _place(parts, page)
    if place is None:
        page.write(*rows)
        place, run = "(rows & -rows).bit_length()", run[len(rows) * (not is_admission) :]
    found = f"{page.bind(f'ready_{name}', runner.ready)}[{place}]"
    if runner.timed:
        found += f" if {page.bind(f'timed_{name}', runner.timed)}.isdisjoint(ticket) else None"
    settled = "".join(f", cells[{slot}]" for slot in parts.slots) or ","
    page.write(
        f"found = {found}",
        "if found is None:",
        *(f"    {line}" for line in run),
        "else:",
        f"    give{settled} = found",
        f"    {name} = {taken}",
    )


def _place(parts: Parts, page: Page) -> str | None:
    """The place of the first row that applies, where that is worked out ahead for every combination of cells."""
    index, name = parts.table.index, parts.name
    grid = index.grid()
    if grid is None:
        return None
    return page.bind(f"grid_{name}", grid) + "".join(f"[cells[{slot}]]" for slot, _ in index.columns)


def _first_rows(parts: Parts, page: Page) -> list[str]:
    """Lines for a bitmap whose lowest bit is the first row that applies, as `Index.first_finder` has it."""
    front = parts.table.index.front
    if front is None:
        return _rows(parts, page)
    everywhere = [f"    {line}" for line in _rows(parts, page)]
    return [*_anded(front, f"front_{parts.name}", page), "if not rows:", *everywhere]


def _rows(parts: Parts, page: Page) -> list[str]:
    """Lines for the bitmap of the rows that apply, as `Index.finder` has it."""
    return _anded(parts.table.index, parts.name, page)


def _anded(index: Index, name: str, page: Page) -> list[str]:
    """Lines for the bitmap of an index: one bitmap a column."""
    columns = [
        f"{page.bind(f'{name}_{place}', accepts)}[cells[{slot}]]" for place, (slot, accepts) in enumerate(index.columns)
    ] or [page.bind(f"all_{name}", index.all_rows)]
    return [f"rows = {' & '.join(columns[:IN_A_LINE])}"] + [
        f"rows &= {' & '.join(columns[place : place + IN_A_LINE])}"
        for place in range(IN_A_LINE, len(columns), IN_A_LINE)
    ]
