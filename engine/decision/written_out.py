"""The stages of a rulebook written out as one function: the short way through a decision that nobody asks to explain.

It gives what `in_order` gives, in fewer steps, and says nothing of its own: the columns are those of the index, what a
row gives was made ready by the stage's runner, and where nothing is ready it calls that runner. The source holds only
names of stages, numbers and names made here, never a text of a rulebook or a request; all else is bound by name.
"""

import linecache
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..stages import Case, Parts, Runner, first_place

ShortWay = Callable[[Case], dict[str, Any]]
"""From a case without a trace to the parts of its decision."""
Task = Callable[[Case], Any]
IN_A_LINE = 8
"""Columns of a table in one line: what is compiled is never nested deeply, however many facts a table asks about."""


class Stage(NamedTuple):
    """What is written out of one stage."""

    parts: Parts
    runner: Runner
    derive: Task | None
    """Works out the derived facts that are known after it."""


@dataclass(slots=True)
class _Page:
    """Lines of source, and what their free names stand for."""

    lines: list[str] = field(default_factory=list)
    bound: dict[str, Any] = field(default_factory=dict)

    def bind(self, name: str, value: Any) -> str:
        self.bound[name] = value
        return name

    def write(self, *lines: str) -> None:
        self.lines.extend(lines)


def write_out(title: str, derive_first: Task | None, stages: Sequence[Stage], long_way: ShortWay) -> ShortWay:
    """The function for these stages, the first of which is admission; what that refuses goes the long way.

    `title` is the name under which a traceback shows the source.
    """
    page = _Page()
    page.write("cells = case.cells")
    if derive_first is not None:
        page.write(f"{page.bind('derive_first', derive_first)}(case)")
    gives = [_write_stage(stage, page, place == 0) for place, stage in enumerate(stages)]
    page.bind("long_way", long_way)
    names = [stage.parts.name for stage in stages]
    page.write("return {" + ", ".join(f'"{name}": {give}' for name, give in zip(names, gives, strict=True)) + "}")
    return _built(title, page)


def source_of(page: _Page) -> str:
    """The source of a function that makes the function, so that what it uses is bound as in any closure."""
    body = "".join(f"        {line}\n" for line in page.lines)
    return f"def build({', '.join(page.bound)}):\n    def short_way(case):\n{body}    return short_way\n"


def _built(title: str, page: _Page) -> ShortWay:
    source, name = source_of(page), f"<{title}, written out>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    made: dict[str, Any] = {}
    exec(compile(source, name, "exec"), made)
    short_way: ShortWay = made["build"](**page.bound)
    return short_way


def _write_stage(stage: Stage, page: _Page, is_admission: bool) -> str:
    """Write what works a stage's part out; gives the expression that stands for the part."""
    give = _constant(stage, page)
    if give is None:
        _write_search(stage, page, is_admission)
        give = stage.parts.name
    if stage.derive is not None:
        page.write(f"{page.bind(f'derive_after_{stage.parts.name}', stage.derive)}(case)")
    return give


def _constant(stage: Stage, page: _Page) -> str | None:
    """The part of a stage that gives the same whatever the request; None for other stages."""
    parts, runner = stage.parts, stage.runner
    if parts.table.index.columns or runner.ready is None or runner.timed:
        return None
    entry = runner.ready[first_place(parts.table.index.all_rows)]
    if entry is None:
        return None
    give, *cells = entry
    page.write(*(f"cells[{slot}] = {cell}" for slot, cell in zip(parts.slots, cells, strict=True)))
    return f"{page.bind(f'give_{parts.name}', give)}()"


def _write_search(stage: Stage, page: _Page, is_admission: bool) -> None:
    """Find the rows that apply, then take what the first of them has ready, or else run the stage."""
    parts, runner = stage.parts, stage.runner
    name = parts.name
    run = "long_way" if is_admission else page.bind(f"run_{name}", runner.run)
    _write_rows(parts, page)
    if runner.ready is None:
        page.write(f"return {run}(case)" if is_admission else f"{name} = {run}(case, rows)")
        return
    found = f"{page.bind(f'ready_{name}', runner.ready)}[(rows & -rows).bit_length()]"
    if runner.timed:
        found += f" if {page.bind(f'timed_{name}', runner.timed)}.isdisjoint(case.ticket) else None"
    settled = "".join(f", cells[{slot}]" for slot in parts.slots) or ","
    page.write(
        f"found = {found}",
        "if found is None:",
        f"    return {run}(case)" if is_admission else f"    {name} = {run}(case, rows)",
        "else:",
        f"    give{settled} = found",
        f"    {name} = give()",
    )


def _write_rows(parts: Parts, page: _Page) -> None:
    """The bitmap of the rows that apply: one bitmap a column, as `Index.finder` has it."""
    index, name = parts.table.index, parts.name
    columns = [
        f"{page.bind(f'{name}_{place}', accepts)}[cells[{slot}]]" for place, (slot, accepts) in enumerate(index.columns)
    ] or [page.bind(f"all_{name}", index.all_rows)]
    page.write(f"rows = {' & '.join(columns[:IN_A_LINE])}")
    for place in range(IN_A_LINE, len(columns), IN_A_LINE):
        page.write(f"rows &= {' & '.join(columns[place : place + IN_A_LINE])}")
