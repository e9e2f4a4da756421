"""The rules of a stage, however they are written: prose, matrix, table and `otherwise` all become rows.

They are tried in this order, so one index serves them all.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ..diagnostics import Path, value_at
from ..facts import Closed, FactType, Number, Truth, shown
from ..tables import ANY, Condition, described
from .drafts import NOTES, Draft, read_notes
from .forms import StageForm, Then
from .model import Row
from .reader import Reader
from .tabular import table_drafts

MATRIX_WORDS = ("down", "across", "levels", "gives", *NOTES)


def read_rows(body: Mapping[str, Any], path: Path, form: StageForm, settings: Any, reader: Reader) -> tuple[Row, ...]:
    """Every row of a stage in the order in which it is tried; those with faults are left out."""
    rows: list[Row] = []
    for draft in _drafts(body, path, form, reader):
        reader.rules.append((draft.id, draft.path))
        then = Then(draft.then, draft.paths, draft.heads, draft.home, reader)
        outcome = form.read_outcome(then, settings)
        if outcome is not None:
            rests = {*form.calendars(outcome)} & reader.assumed_calendars or draft.when.keys() & reader.assumed_facts
            notes = draft.notes
            rows.append(Row(draft.id, draft.when, outcome, notes.because, notes.cites, notes.assumed or bool(rests),
                            () if rests else notes.assumed_results, draft.path))  # fmt: skip
    return tuple(rows)


def _drafts(body: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[Draft]:
    for i, rule in enumerate(body.get("rules") or ()):
        at = (*path, "rules", i)
        if rule is not None:
            yield from _prose(rule, at, form, reader)
        elif isinstance(id := value_at(reader.source.data, (*at, "rule")), str):
            reader.rules.append((id, at))  # left out, because its shape was faulty
    if "matrix" in body:
        yield from _matrix(body["matrix"], (*path, "matrix"), form, reader)
    if "table" in body:
        yield from table_drafts(body["table"], (*path, "table"), form, reader)
    if "otherwise" in body:
        rule = {"rule": f"{form.name}.otherwise", **body["otherwise"]}
        yield from _prose(rule, (*path, "otherwise"), form, reader)


def _prose(rule: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[Draft]:
    when = reader.conditions(rule.get("when") or {}, (*path, "when"))
    gives = [key for key in rule if key not in ("rule", "when", *NOTES)]
    notes = read_notes(rule, path, reader, rule["then"] if form.kind == "choice" else gives)
    home = (*path, "then") if form.kind == "choice" else path
    if form.kind == "choice":
        then = rule["then"]
        paths = {key: (*path, "then", key) for key in then}
    else:
        then = {key: rule[key] for key in gives}
        paths = {key: (*path, key) for key in gives}
    if _is_doubtful(path, reader):
        reader.rules.append((rule["rule"], path))
    else:
        yield Draft(rule["rule"], when, then, paths, {}, home, notes, path)


def _is_doubtful(path: Path, reader: Reader) -> bool:
    """Whether what a rule gives could not be read; then nothing more is said of it."""
    return any(
        reader.doubts.within((*path, key)) for key in ("then", "permit", "deny", "approval", "from", "to", "say")
    )


def _matrix(matrix: Mapping[str, Any], path: Path, form: StageForm, reader: Reader) -> Iterator[Draft]:
    down, across = matrix["down"], matrix["across"]
    kinds = (_matrix_fact(down, (*path, "down"), reader), _matrix_fact(across, (*path, "across"), reader))
    gives = matrix.get("gives") or form.main
    notes = read_notes(matrix, path, reader, (gives,) if gives else ())
    if gives is None:
        said = f"`{form.name}` gives several results, and the matrix does not say which"
        reader.fault("missing-key", said, path, key=True, help="name it, such as `gives: resolution`")
    if down == across:
        reader.fault("repeated-value", f"{shown(down)} is both `down` and `across`", (*path, "across"),
                     help="a matrix relates two facts; for one, write a table")  # fmt: skip
        return
    lines = {name: line for name, line in matrix.items() if name not in MATRIX_WORDS}
    if not lines and not reader.doubts.within(path):
        reader.fault("empty-value", "this matrix has no lines", path, key=True,
                     help="write a line for each value of `down`, such as `high: [P1, P2]`")  # fmt: skip
    if kinds[0] is None or kinds[1] is None or gives is None:
        return
    heads = _heads(matrix["levels"], kinds[1], (*path, "levels"), reader)
    rows: dict[Condition, str] = {}
    for name, line in lines.items():
        row = _matrix_value(name, kinds[0], (*path, name), reader, key=True)
        if row is not None and rows.setdefault(row, name) != name:
            reader.fault("repeated-value", f"{shown(name)} and {shown(rows[row])} are the same value", (*path, name),
                         key=True)  # fmt: skip
        if len(line) != len(heads):
            _wrong_line(name, line, len(heads), (*path, name), reader)
            continue
        for i, (head, value) in enumerate(zip(heads, line, strict=True)):
            if row is not None and head is not None:
                at = (*path, name, i)
                paths, gave = {gives: at}, {gives: (*path, "gives") if "gives" in matrix else (*path, "down")}
                written = matrix["levels"][i]
                column = str(written).lower() if isinstance(written, bool) else written
                id = f"{form.name}.{name}.{column}"
                yield Draft(id, {down: row, across: head}, {gives: value}, paths, gave, at, notes, at)


def _matrix_fact(name: str, path: Path, reader: Reader) -> FactType | None:
    kind = reader.fact(name, path)
    if kind is None or isinstance(kind, Closed | Number | Truth):
        return kind
    said = f"{shown(name)} is {described(kind)}; a matrix needs lists, numbers or truths"
    reader.fault("wrong-type", said, path, help="declare the fact as a list, or write a table")
    return None


def _wrong_line(name: str, line: list[Any], heads: int, path: Path, reader: Reader) -> None:
    said = f"{shown(name)} has {len(line)} values under {heads} heads"
    at = (*path, heads) if len(line) > heads else path
    reader.fault("row-length", said, at, help="give one value for each value of `levels`")


def _heads(levels: list[Any], kind: FactType, path: Path, reader: Reader) -> list[Condition | None]:
    heads: list[Condition | None] = []
    for i, level in enumerate(levels):
        head = _matrix_value(level, kind, (*path, i), reader)
        if head is not None and head in heads:
            reader.fault("repeated-value", f"{shown(level)} is listed twice", (*path, i), help="delete one of the two")
            head = None
        heads.append(head)
    return heads


def _matrix_value(raw: Any, kind: FactType, path: Path, reader: Reader, *, key: bool = False) -> Condition | None:
    """A head of a matrix: one value of the fact. Keys are texts in YAML; numbers and truths are read back."""
    if key and isinstance(kind, Number):
        try:
            raw = int(raw) if raw.isascii() and raw.strip() == raw else None
        except ValueError:
            raw = None
        if raw is None:
            reader.fault("wrong-value", f"{shown(path[-1])} is not a whole number", path, key=True,
                         help="for other numbers write a table")  # fmt: skip
            return None
    elif key and isinstance(kind, Truth):
        raw = {"true": True, "false": False}.get(raw, raw)
    before = len(reader.faults)
    condition = reader.condition(raw, kind, path)
    if key and len(reader.faults) > before:
        fault = reader.faults.pop()
        reader.fault(fault.code, fault.message, path, key=True, help=fault.help)
    return condition if condition != ANY else None
