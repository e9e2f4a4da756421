"""Named changes to a rulebook's file: `sla.rows.P2-at-night.first_response=20m` puts another value there.

A path goes by keys, by the ids of rules and rows, and by the columns of tables and matrices; the words `table`,
`rules`, `rows`, `matrix` and `then` may be left out where nothing else is meant. The file keeps its layout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any, Final, NamedTuple

import msgspec

from engine import Catalogue, Path, Source, did_you_mean, read_source

from ..findings import Change
from .sides import Side

_IMPLIED: Final = ("table", "rules", "rows", "matrix", "then")


class BadChange(ValueError):
    """A change that cannot be made: the message is one line, with what is near."""


class Changed(NamedTuple):
    """A rulebook's file after its changes."""

    raw: bytes
    changes: tuple[Change, ...]


def change_rulebook(name: str, raw: bytes, sets: Sequence[str]) -> Changed:
    """Put other values into a rulebook's file, each `PATH=VALUE`; whether it is sound then is asked elsewhere.

    Raises:
        BadChange: when a path leads nowhere or to several places, or a value cannot stand there.
    """
    changes: list[Change] = []
    for written in sets:
        path, equals, value = written.partition("=")
        if not (equals and path and value):
            raise BadChange(f"`{written}`: write PATH=VALUE, such as `sla.rows.P2-at-night.first_response=20m`")
        source = _source(name, raw)
        at = _found(source.data, path, name)
        raw, change = _put(source, at, path, value)
        changes.append(change)
    return Changed(raw, tuple(changes))


def _source(name: str, raw: bytes) -> Source:
    source, faults = read_source(name, raw)
    if source is None or faults:
        said = f"{faults[0].file}:{faults[0].span.line}: {faults[0].message}" if faults else name
        raise BadChange(f"the file cannot be read: {said}")
    return source


def _put(source: Source, at: Path, path: str, value: str) -> tuple[bytes, Change]:
    span, starts = source.span(at), source.lines.starts
    start, end = (starts[line - 1] + column - 1 for line, column in (
        (span.line, span.column), (span.end_line, span.end_column)))  # fmt: skip
    text, data = _as_yaml(value)
    raw = (source.text[:start] + text + source.text[end:]).encode()
    after, faults = read_source(source.name, raw)
    if after is None or faults or after.data != _with(source.data, at, data):
        raise BadChange(f"`{path}`: line {span.line} cannot be changed alone; other places may share its value")
    return raw, Change(path, source.text[start:end], text, span.line)


def _as_yaml(value: str) -> tuple[str, Any]:
    # In a list, which is where tables have their cells, a text must keep to one place.
    for text in (value, msgspec.json.encode(value).decode()):
        source, faults = read_source("", f"x: [{text}]\n".encode())
        if source is not None and not faults and len(source.data["x"]) == 1:
            return text, source.data["x"][0]
    raise BadChange(f"`{value}` cannot be written in YAML")


def _with(data: Any, at: Path, value: Any) -> Any:
    if not at:
        return value
    copy = data.copy()
    copy[at[0]] = _with(data[at[0]], at[1:], value)
    return copy


class _Lost(NamedTuple):
    """How far a path led, the step that led nowhere, and what there is instead."""

    depth: int
    step: str
    known: tuple[str, ...]


def _found(data: Any, path: str, name: str) -> Path:
    lost: list[_Lost] = []
    places = list(dict.fromkeys(_places(data, path.split("."), (), lost)))
    if len(places) == 1:
        return places[0]
    if places:
        said = " and ".join("`" + ".".join(map(str, place)) + "`" for place in places[:2])
        raise BadChange(f"{name}: `{path}` means several places: {said}")
    deepest = max(lost, key=lambda found: found.depth)
    known = dict.fromkeys(known for found in lost if found.depth == deepest.depth for known in found.known)
    help = did_you_mean(deepest.step, known) or f"there are {', '.join(known) or 'no names'}"
    raise BadChange(f"{name}: `{path}` leads nowhere at `{deepest.step}`; {help}")


def _places(node: Any, steps: list[str], at: Path, lost: list[_Lost]) -> Iterator[Path]:
    if not steps:
        yield at
        return
    names = _names(node)
    found = False
    for count in range(len(steps), 0, -1):
        for inner, below in names.get(".".join(steps[:count]), ()):
            found = True
            yield from _places(below, steps[count:], (*at, *inner), lost)
    if found:
        return
    implied = [key for key in _IMPLIED if isinstance(node, Mapping) and isinstance(node.get(key), Mapping | list)]
    reached = False
    for key in implied:
        for place in _places(_Table(node[key], node) if key == "rows" else node[key], steps, (*at, key), lost):
            reached = True
            yield place
    if not reached:
        lost.append(_Lost(len(at), steps[0], tuple(names)))


class _Table(NamedTuple):
    """The rows of a table, with the table for its head."""

    rows: Any
    head: Mapping[str, Any]


class _Cells(NamedTuple):
    """The cells of a row or line, with the name of each."""

    cells: list[Any]
    names: Sequence[str]


def _names(node: Any) -> dict[str, list[tuple[Path, Any]]]:
    """What can be named in a node, each with the way there and what stands there."""
    found: dict[str, list[tuple[Path, Any]]] = {}
    for name, inner, below in _named(node):
        found.setdefault(name, []).append((inner, below))
    return found


def _named(node: Any) -> Iterator[tuple[str, Path, Any]]:
    if isinstance(node, _Table):
        heads = [str(name) for name in (*node.head.get("when", ()), *node.head.get("then", ()))]
        rows = node.rows.items() if isinstance(node.rows, Mapping) else enumerate(node.rows)
        for key, row in rows:
            name = key if isinstance(key, str) else f"row-{key + 1}"
            yield name, (key,), _Cells(row, heads) if isinstance(row, list) else row
    elif isinstance(node, _Cells):
        for number, (name, cell) in enumerate(zip(node.names, node.cells, strict=False)):
            yield name, (number,), cell
    elif isinstance(node, Mapping):
        levels = node.get("levels") if "across" in node else None
        for key, value in node.items():
            if key == "rows" and "when" in node:
                yield key, (key,), _Table(value, node)
            elif isinstance(levels, list) and isinstance(value, list) and key not in ("levels", "cites"):
                yield key, (key,), _Cells(value, [_word(level) for level in levels])
            else:
                yield key, (key,), value
    elif isinstance(node, list):
        for number, item in enumerate(node):
            if isinstance(item, Mapping) and isinstance(item.get("rule"), str):
                yield item["rule"], (number,), item


def _word(level: Any) -> str:
    return str(level).lower() if isinstance(level, bool) else str(level)


def side_of_changes(name: str, baseline: Side, root: FilePath, sets: Sequence[str]) -> tuple[Side, dict[str, bytes]]:
    """The baseline with named changes, and the files that it is then made of, by version.

    Of a baseline without a version, every version that is ever in force is changed. ``root`` is the folder of the
    rulebooks.

    Raises:
        BadChange: when a change cannot be made in one of the files.
        RulebookFaults: when a changed file is no sound rulebook.
        OSError: when a file cannot be read.
    """
    listed = baseline.catalogue.describe(baseline.rulebook)["versions"]
    versions = [one["version"] for one in listed if one["in_force"]] if baseline.version is None else [baseline.version]
    files = {version: root / baseline.rulebook / f"{version}.yaml" for version in versions}
    changed = {version: change_rulebook(str(file), file.read_bytes(), sets) for version, file in files.items()}
    catalogue = Catalogue.of_texts({str(files[version]): found.raw for version, found in changed.items()})
    # Of several versions, the changes of the newest are told.
    told = list(changed.values())[-1].changes if changed else ()
    side = Side(name, baseline.rulebook, baseline.version, catalogue, changes=told)
    return side, {version: found.raw for version, found in changed.items()}
