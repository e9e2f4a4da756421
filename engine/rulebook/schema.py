"""The shape of a rulebook: `schemas/rulebook.schema.json`, what of a file does not fit it, and what is left."""

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator

from ..diagnostics import Diagnostic, Path, Source
from .misfits import Misfit, narrowed, told

RULEBOOK = "rulebook.schema.json"


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
    return Draft202012Validator(schema)


def check_shape(source: Source, schema: str = RULEBOOK) -> tuple[Any, list[Diagnostic]]:
    """The data of a source without what does not fit the schema, and a diagnostic for each misfit."""
    shape = read_shape(source, source.data, schema)
    return shape.data, shape.faults


def read_shape(source: Source, data: Any, schema: str = RULEBOOK) -> Shape:
    """The shape of data that stands at the places of a source."""
    validator = _validator(schema)
    misfits = _without_echoes(
        [misfit for error in validator.iter_errors(data) for narrow in narrowed(error) for misfit in told(narrow)]
    )
    pruned = {_prunable(misfit.path) for misfit in misfits}
    if pruned:
        data = copy.deepcopy(data)
        for path in sorted(pruned, key=lambda p: (len(p), [str(s) for s in p]), reverse=True):
            data = _without(data, path)
        data, more = _settled(data, validator)
        pruned |= more
    faults = {misfit.fault(source) for misfit in misfits}
    meant = {misfit.meant for misfit in misfits if misfit.meant}
    return Shape(data, sorted(faults, key=lambda f: (f.span.line, f.span.column, f.code)), frozenset(pruned | meant))


def _without_echoes(misfits: Sequence[Misfit]) -> list[Misfit]:
    """A key that is misspelt is told once: not also for what stands under it."""
    unknown = {misfit.path for misfit in misfits if misfit.code == "unknown-key"}
    return [m for m in misfits if m.code == "unknown-key" or not any(m.path[: len(u)] == u for u in unknown)]


def _prunable(path: Path) -> Path:
    """The least piece that can be left out: an entry of a mapping, or a rule or row as a whole."""
    while path and isinstance(path[-1], int) and (len(path) < 2 or path[-2] not in ("rules", "rows")):
        path = path[:-1]
    return path


def _settled(data: Any, validator: Draft202012Validator) -> tuple[Any, set[Path]]:
    """What pruning left may lack what its shape requires; drop such mappings too, until all that remains fits."""
    dropped: set[Path] = set()
    while True:
        errors = [e for e in validator.iter_errors(data) if e.instance is not None]
        narrow = (inner for error in errors for inner in narrowed(error) if inner.instance is not None)
        paths = {_prunable(tuple(error.absolute_path)) for error in narrow} - dropped - {()}
        if not paths:
            return data, dropped
        for path in sorted(paths, key=len, reverse=True):
            data = _without(data, path)
        dropped |= paths


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
