"""The rules of a stage, however they are written: prose, matrix, table and `otherwise` all become rows.

They are tried in this order, so one index serves them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Path
from ..facts import Closed, FactType, Number, Truth
from ..tables import ANY, Condition
from .forms import StageForm, Then
from .model import Row
from .reader import Reader

MATRIX_WORDS = ("down", "across", "levels", "gives", "because", "cites", "assumed")
NOTES = ("because", "cites", "assumed")


@dataclass(frozen=True, slots=True)
class _Draft:
    """A row as it is gathered, before its stage reads what it gives."""

    id: str
    when: Mapping[str, Condition]
    then: Mapping[str, Any]
    paths: Mapping[str, Path]
    notes: Mapping[str, Any]
    path: Path


def read_rows(body: Mapping[str, Any], path: Path, form: StageForm, settings: Any, reader: Reader) -> tuple[Row, ...]:
    """Every row of a stage in the order in which it is tried."""
    rows: list[Row] = []
    for draft in _drafts(body, path, form, reader):
        then = Then(draft.then, draft.paths, draft.path, reader)
        before = len(reader.faults)
        outcome = form.read_outcome(then, settings)
        if outcome is None and len(reader.faults) == before:
            raise AssertionError(f"stage {form.name} gave no outcome and no fault at {draft.path}")
        if outcome is not None:
            rows.append(_row(draft, outcome, reader))
    return tuple(rows)


def _row(draft: _Draft, outcome: Any, reader: Reader) -> Row:
    notes = draft.notes
    because = reader.texts(notes.get("because"), (*draft.path, "because"))
    return Row(draft.id, draft.when, outcome, because, tuple(notes.get("cites") or ()),
               notes.get("assumed") is True, draft.path)  # fmt: skip


def _drafts(body: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[_Draft]:
    for i, rule in enumerate(body.get("rules") or ()):
        if rule is None:  # left out: its shape was faulty
            continue
        yield _prose(rule, (*path, "rules", i), form, reader)
    if "matrix" in body:
        yield from _matrix(body["matrix"], (*path, "matrix"), form, reader)
    if "table" in body:
        yield from _table(body["table"], (*path, "table"), form, reader)
    if "otherwise" in body:
        rule = {"rule": f"{form.name}.otherwise", **body["otherwise"]}
        yield _prose(rule, (*path, "otherwise"), form, reader)


def _prose(rule: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> _Draft:
    when = reader.conditions(rule.get("when") or {}, (*path, "when"))
    if form.kind == "choice":
        then = rule["then"]
        paths = {key: (*path, "then", key) for key in then}
    elif form.kind == "collection":
        then, paths = {"then": rule["then"]}, {"then": (*path, "then")}
    else:
        then = {key: value for key, value in rule.items() if key not in ("rule", "when", *NOTES)}
        paths = {key: (*path, key) for key in then}
    return _Draft(rule["rule"], when, then, paths, rule, path)


def _matrix(matrix: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[_Draft]:
    down, across = matrix["down"], matrix["across"]
    kinds = (reader.fact(down, (*path, "down")), reader.fact(across, (*path, "across")))
    gives = matrix.get("gives") or form.main
    if gives is None:
        reader.fault(
            "no-main-output", f"`{form.name}` has several outputs", path, key=True, help="name one under `gives:`"
        )
    if kinds[0] is None or kinds[1] is None or gives is None:
        return
    heads = [_matrix_value(head, kinds[1], (*path, "levels", i), reader) for i, head in enumerate(matrix["levels"])]
    for name, line in matrix.items():
        if name in MATRIX_WORDS:
            continue
        row = _matrix_value(name, kinds[0], (*path, name), reader, key=True)
        if len(line) != len(heads):
            reader.fault("row-length", f"`{name}` has {len(line)} values under {len(heads)} heads", (*path, name),
                         help="give one value for each value of `levels`")  # fmt: skip
            continue
        for i, (head, value) in enumerate(zip(heads, line, strict=True)):
            if row is not None and head is not None:
                at = (*path, name, i)
                when = {down: row, across: head}
                yield _Draft(f"{form.name}.{name}.{matrix['levels'][i]}", when, {gives: value}, {gives: at}, matrix, at)


def _matrix_value(raw: Any, kind: FactType, path: Path, reader: Reader, *, key: bool = False) -> Condition | None:
    """A head of a matrix: one value of the fact. Keys are texts in YAML; numbers and truths are read back."""
    if key and isinstance(kind, Number):
        try:
            raw = int(raw)
        except ValueError:
            reader.fault("wrong-value", f"`{raw}` is not a whole number", path, key=True)
            return None
    elif key and isinstance(kind, Truth):
        raw = {"true": True, "false": False}.get(raw, raw)
    if not isinstance(kind, Closed | Number | Truth):
        reader.fault("wrong-type", "a matrix needs facts that are lists, numbers or truths", path, key=key,
                     help="declare the fact as a list, or write a table")  # fmt: skip
        return None
    before = len(reader.faults)
    condition = reader.condition(raw, kind, path)
    if key and len(reader.faults) > before:
        fault = reader.faults.pop()
        reader.fault(fault.code, fault.message, path, key=True, help=fault.help)
    return condition if condition != ANY else None


def _table(table: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[_Draft]:
    kinds = [(name, reader.fact(name, (*path, "when", i))) for i, name in enumerate(table["when"])]
    outputs = table["then"]
    rows = table["rows"]
    named = rows.items() if isinstance(rows, dict) else ((f"row-{i + 1}", row) for i, row in enumerate(rows))
    for i, (name, cells) in enumerate(named):
        if cells is None:  # left out: its shape was faulty
            continue
        at = (*path, "rows", name if isinstance(rows, dict) else i)
        notes = {key: table[key] for key in NOTES if key in table}
        if cells and isinstance(cells[-1], dict) and len(cells) == len(kinds) + len(outputs) + 1:
            notes |= _row_notes(cells[-1], (*at, len(cells) - 1), reader)
            cells = cells[:-1]
        if len(cells) != len(kinds) + len(outputs):
            wanted = f"{len(kinds)} conditions and {len(outputs)} results"
            reader.fault("row-length", f"this row has {len(cells)} cells; the head asks for {wanted}", at)
            continue
        when = {}
        for j, (fact, kind) in enumerate(kinds):
            if kind is not None:
                condition = reader.condition(cells[j], kind, (*at, j))
                if condition != ANY:
                    when[fact] = condition
        first = len(kinds)
        then = {key: cells[first + k] for k, key in enumerate(outputs)}
        yield _Draft(
            f"{form.name}.{name}", when, then, {key: (*at, first + k) for k, key in enumerate(outputs)}, notes, at
        )


def _row_notes(notes: Mapping[str, Any], path: Path, reader: Reader) -> dict[str, Any]:
    good = {}
    shapes = {"because": (str, dict), "cites": (list,), "assumed": (bool,)}
    for key, value in notes.items():
        if key not in shapes:
            reader.unknown("unknown-key", "key", key, NOTES, (*path, key), key=True)
        elif not isinstance(value, shapes[key]) or (key != "assumed" and not _all_texts(value)):
            reader.fault("wrong-shape", f"`{key}` must be {_SHAPES[key]}", (*path, key))
        else:
            good[key] = value
    return good


_SHAPES = {"because": "a text, or a mapping of languages to texts", "cites": "a list of clause ids in quotes",
           "assumed": "true or false"}  # fmt: skip


def _all_texts(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    return all(isinstance(item, str) for item in items)
