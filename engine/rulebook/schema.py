"""The shape of a rulebook: `schemas/rulebook.schema.json`, what of a file does not fit it, and what is left."""

import copy
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from ..diagnostics import Diagnostic, Path, Source, value_at
from .misfits import Misfit, narrowed, told

RULEBOOK = "rulebook.schema.json"
_NAMING = ("facts", "derive", "calendars")
"""Sections whose keys are names of the author's own, so that `rules` there is no list of rules."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file holds that fits a schema, and what does not."""

    data: Any
    """The data without what does not fit; a rule or row that was left out leaves None behind."""
    faults: list[Diagnostic]
    doubted: frozenset[Path]
    """Where something was left out, or was meant to stand under another name."""


@lru_cache(maxsize=4)
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads(files("schemas").joinpath(name).read_text(encoding="utf-8"))
    return Draft202012Validator(_inlined(schema, schema.get("$defs", {}), ()))


def _inlined(schema: Any, definitions: Mapping[str, Any], within: tuple[str, ...]) -> Any:
    """A schema with its definitions written out, which is twice as fast; one that holds itself stays a reference."""
    if isinstance(schema, list):
        return [_inlined(item, definitions, within) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in within:
        meant = _inlined(definitions[name], definitions, (*within, name))
        return {**meant, **{key: item for key, item in schema.items() if key != "$ref"}}
    return {key: _inlined(item, definitions, within) for key, item in schema.items()}


def check_shape(source: Source, schema: str = RULEBOOK) -> tuple[Any, list[Diagnostic]]:
    """The data of a source without what does not fit the schema, and a diagnostic for each misfit."""
    shape = read_shape(source, source.data, schema)
    return shape.data, shape.faults


def read_shape(source: Source, data: Any, schema: str = RULEBOOK, unread: Collection[Path] = ()) -> Shape:
    """The shape of data that stands at the places of a source; what is `unread` has been told and is left out."""
    validator = _validator(schema)
    pruned = {_prunable(path) for path in unread if not _is_container(data, path)} - {()}
    data = _pruned(data, pruned)
    errors = [error for error in validator.iter_errors(data) if tuple(error.absolute_path) not in pruned]
    misfits = _without_echoes([misfit for error in errors for narrow in narrowed(error) for misfit in told(narrow)])
    misfit_paths = {_prunable(misfit.path) for misfit in misfits} - {()}
    if pruned or misfit_paths:
        pruned |= misfit_paths
        data, more = _settled(_pruned(data, misfit_paths), validator, pruned)
        pruned |= more
    lacking = {above for path in unread for above in _prefixes(path)}
    faults = {m.fault(source) for m in misfits if m.path not in lacking or m.code not in ("missing-key", "empty-value")}
    meant = {misfit.meant for misfit in misfits if misfit.meant}
    return Shape(
        data,
        sorted(faults, key=lambda f: (f.span.line, f.span.column, f.code)),
        frozenset(pruned | meant | set(unread)),
    )


def _without_echoes(misfits: Sequence[Misfit]) -> list[Misfit]:
    """A key that is misspelt is told once: not also for what stands under it."""
    unknown = {misfit.path for misfit in misfits if misfit.code == "unknown-key"}
    return [m for m in misfits if m.code == "unknown-key" or not any(p in unknown for p in _prefixes(m.path))]


def _prefixes(path: Path) -> list[Path]:
    return [path[:length] for length in range(1, len(path) + 1)]


def _prunable(path: Path) -> Path:
    """The least piece that can be left out: an entry of a mapping, or a rule or row as a whole."""
    while path and isinstance(path[-1], int) and not _is_item(path):
        path = path[:-1]
    return path


def _is_item(path: Path) -> bool:
    """Whether a rule, a row, a scenario or a table of them stands at a path: it is left out alone."""
    match path:
        case (str() as section, "rules", int()):
            return section not in _NAMING
        case (str(), "table", "rows", int()) | ("scenarios" | "tables", int()) | ("tables", int(), "rows", int()):
            return True
    return False


def _is_container(data: Any, path: Path) -> bool:
    """Whether a mapping that is no rule stands at a path: what it lost is in doubt, what it has can be read."""
    return isinstance(value_at(data, path), dict) and not _is_item(path)


def _pruned(data: Any, paths: Collection[Path]) -> Any:
    """The data without what stands at these paths, the deepest first; a copy, where there are any."""
    if paths:
        data = copy.deepcopy(data)
        for path in sorted(paths, key=lambda p: (len(p), [str(s) for s in p]), reverse=True):
            data = _without(data, path)
    return data


def _settled(data: Any, validator: Draft202012Validator, gone: Collection[Path]) -> tuple[Any, set[Path]]:
    """What pruning left may lack what its shape requires; drop such mappings too, until all that remains fits.

    Where something is `gone` from a list, None holds its place.
    """
    dropped: set[Path] = set()
    changed = gone
    while True:
        # Nothing can have come to misfit but where something was left out.
        sections = {path[0]: data[path[0]] for path in changed if isinstance(data, dict) and path[0] in data}
        errors = [error for error in validator.iter_errors(sections) if tuple(error.absolute_path) not in gone]
        narrow = (inner for error in errors for inner in narrowed(error))
        paths = {_prunable(tuple(error.absolute_path)) for error in narrow} - dropped - {()}
        if not paths:
            return data, dropped
        for path in sorted(paths, key=len, reverse=True):
            data = _without(data, path)
        dropped |= paths
        changed = paths


def _without(data: Any, path: Path) -> Any:
    """The data without the value at a path; a rule or row leaves None behind, so that the others keep their places."""
    if not path:
        return data
    parent = data
    for step in path[:-1]:
        try:
            parent = parent[step]
        except (KeyError, IndexError, TypeError):
            return data
    if isinstance(parent, dict):
        parent.pop(path[-1], None)
    elif isinstance(parent, list) and isinstance(path[-1], int):
        parent[path[-1]] = None
    return data
