"""Decision tables as a spreadsheet writes them: columns of conditions, columns of results, a row for each rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..diagnostics import Path
from ..facts import FactType, shown
from ..tables import ANY, Condition, overlapping
from .drafts import NOTES, Draft, Notes, read_notes, read_row_notes
from .forms import StageForm
from .reader import Reader

_RESERVED = ("none", "otherwise")
"""Names under which a stage speaks itself."""


def table_drafts(table: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[Draft]:
    """The rows of a table; where its hit policy is `unique`, rows that overlap are faults."""
    kinds = [reader.fact(name, (*path, "when", i)) for i, name in enumerate(table["when"])]
    notes = read_notes(table, path, reader, table["then"])
    blank = Draft("", {}, {}, {}, {key: (*path, "then", k) for k, key in enumerate(table["then"])}, (*path, "then"),
                  notes, path)  # fmt: skip
    rows = table["rows"]
    named = rows.items() if isinstance(rows, dict) else ((f"row-{i + 1}", row) for i, row in enumerate(rows))
    whole: list[Draft] = []
    for i, (name, cells) in enumerate(named):
        if cells is None:  # left out, because its shape was faulty
            continue
        at = (*path, "rows", name if isinstance(rows, dict) else i)
        if name in _RESERVED:
            reader.fault("reserved-name", f"`{form.name}.{name}` is what the stage itself says", at, key=True,
                         help="give the row another name")  # fmt: skip
        before = len(reader.faults)
        draft = _row(cells, kinds, table, replace(blank, id=f"{form.name}.{name}", path=at), reader)
        if draft is not None:
            if len(reader.faults) == before:
                whole.append(draft)
            yield draft
    if table.get("hit") == "unique" and None not in kinds:
        _refuse_overlaps(table["when"], whole, reader)


def _row(
    cells: list[Any], kinds: Sequence[FactType | None], table: Mapping[str, Any], draft: Draft, reader: Reader
) -> Draft | None:
    """A row's draft; None where its cells do not fit the head."""
    facts, outputs, at = table["when"], table["then"], draft.path
    notes: Notes = draft.notes
    wanted = len(facts) + len(outputs)
    if cells and isinstance(cells[-1], dict) and (len(cells) == wanted + 1 or _are_notes(cells[-1])):
        notes = read_row_notes(cells[-1], notes, (*at, len(cells) - 1), reader, outputs)
        cells = cells[:-1]
    if len(cells) != wanted:
        head = f"{_count(len(facts), 'condition')} and {_count(len(outputs), 'result')}"
        said = f"this row has {_count(len(cells), 'cell')}; the head asks for {head}"
        columns = ", ".join([*map(shown, facts), *map(shown, outputs)])
        reader.fault("row-length", said, (*at, wanted) if len(cells) > wanted else at, help=f"columns: {columns}")
        return None
    when: dict[str, Condition] = {}
    for j, (fact, kind) in enumerate(zip(facts, kinds, strict=True)):
        if kind is not None:
            condition = reader.condition(cells[j], kind, (*at, j))
            if condition != ANY:
                when[fact] = condition
    first = len(facts)
    then = {key: cells[first + k] for k, key in enumerate(outputs)}
    paths = {key: (*at, first + k) for k, key in enumerate(outputs)}
    return replace(draft, when=when, then=then, paths=paths, notes=notes)


def _are_notes(cell: Mapping[str, Any]) -> bool:
    return bool(cell) and all(key in NOTES for key in cell)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _refuse_overlaps(facts: Sequence[str], rows: Sequence[Draft], reader: Reader) -> None:
    """Note each row of a `unique` table that some request could match together with an earlier one."""
    columns = [(reader.facts[fact], [row.when.get(fact, ANY) for row in rows]) for fact in facts]
    for later, earlier in overlapping(columns, len(rows)):
        path = rows[earlier].path
        line = reader.source.span(path, key=True).line
        said = f"a request can match this row and {shown(rows[earlier].id)} (line {line}); the table is `unique`"
        reader.fault("overlapping-rows", said, rows[later].path, key=isinstance(rows[later].path[-1], str),
                     help="set the rows apart in one column, or write `hit: first`")  # fmt: skip
