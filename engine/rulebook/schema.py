"""The shape of a rulebook: `schemas/rulebook.schema.json`, and its faults in a process owner's words."""

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ..diagnostics import Diagnostic, Path, Source, did_you_mean


@lru_cache(maxsize=4)
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads(files("schemas").joinpath(name).read_text(encoding="utf-8"))
    return Draft202012Validator(schema)


def check_shape(source: Source, schema: str = "rulebook.schema.json") -> tuple[Any, list[Diagnostic]]:
    """The data of a source without what does not fit the schema, and a diagnostic for each misfit."""
    faults: list[Diagnostic] = []
    prune: set[Path] = set()
    errors = (narrow for error in _validator(schema).iter_errors(source.data) for narrow in _narrowed(error))
    for error in errors:
        for fault, path in _told(error, source):
            faults.append(fault)
            prune.add(_prunable(path))
    data = source.data
    if prune:
        data = copy.deepcopy(data)
        for path in sorted(prune, key=lambda p: (len(p), [str(s) for s in p]), reverse=True):
            data = _without(data, path)
        data = _settled(data, schema)
    return data, sorted(set(faults), key=lambda f: (f.span.line, f.span.column, f.code))


def _prunable(path: Path) -> Path:
    """The least piece that can be left out: an entry of a mapping, or a rule or row as a whole."""
    while path and isinstance(path[-1], int) and (len(path) < 2 or path[-2] not in ("rules", "rows")):
        path = path[:-1]
    return path


def _settled(data: Any, schema: str) -> Any:
    """What pruning left may lack what its shape requires; drop such mappings too, until all that remains fits."""
    while True:
        errors = [e for e in _validator(schema).iter_errors(data) if e.instance is not None]
        paths = {
            _prunable(tuple(e.absolute_path)) for error in errors for e in _narrowed(error) if e.instance is not None
        }
        if not paths or () in paths:
            return data
        for path in sorted(paths, key=len, reverse=True):
            data = _without(data, path)


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


def _narrowed(error: ValidationError) -> Iterator[ValidationError]:
    """Of several shapes that would do, the one that the author meant: its faults instead of a bare refusal."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    meant = [
        found for found in branches.values()
        if not any(e.validator in ("type", "const", "anyOf") and not e.relative_path for e in found)
    ]  # fmt: skip
    if not meant:
        yield error
        return
    for inner in min(meant, key=len):
        yield from _narrowed(inner)


def _told(error: ValidationError, source: Source) -> Iterable[tuple[Diagnostic, Path]]:
    path: Path = tuple(error.absolute_path)
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    instance: Any = error.instance
    listed: Any = error.validator_value
    expected = schema.get("description", "something else")
    name = f"`{path[-1]}`" if path and isinstance(path[-1], str) else "this"
    match error.validator:
        case "additionalProperties":
            known = list(schema.get("properties", {}))
            for key in (k for k in instance if k not in known):
                hint = did_you_mean(key, known)
                help = None if hint else f"known here: {', '.join(known)}"
                said = f"unknown key `{key}`" + (f"; {hint}" if hint else "")
                yield source.fault("unknown-key", said, (*path, key), key=True, help=help), (*path, key)
        case "required":
            where = "the rulebook" if not path else name if name != "this" else "this mapping"
            for key in listed:
                if key not in instance and f"'{key}'" in error.message:
                    yield source.fault("missing-key", f"`{key}` is missing in {where}", path, key=bool(path) and name != "this",
                                       help=f"{where} must be {expected}" if path else None), path  # fmt: skip
        case "propertyNames" | "pattern" if error.parent is not None and error.parent.validator == "propertyNames":
            yield (
                source.fault("wrong-value", f"`{instance}` must be {expected}", (*path, instance), key=True),
                path,
            )
        case "type" | "anyOf" | "const":
            yield source.fault("wrong-shape", f"{name} must be {expected}", path, help=_found(instance)), path
        case "minItems" | "minProperties" | "minLength":
            yield source.fault("empty-value", f"{name} is empty; it must be {expected}", path), path
        case "uniqueItems":
            yield source.fault("repeated-value", f"{name} names something twice", path), path
        case "enum":
            known = [str(v) for v in listed]
            hint = did_you_mean(str(instance), known)
            said = f"unknown value `{instance}`" + (f"; {hint}" if hint else "")
            yield source.fault("unknown-value", said, path, help=f"{name} must be {expected}"), path
        case _:
            yield source.fault("wrong-value", f"`{str(instance)[:60]}` must be {expected}", path), path


def _found(value: Any) -> str:
    match value:
        case None:
            return "nothing is written here"
        case bool():
            return f"found `{str(value).lower()}`, a truth value"
        case int() | float():
            return f"found the number `{value}`; a text of digits needs quotes"
        case str():
            return f"found the text `{value[:60]}`"
        case dict():
            return "found a mapping"
        case list():
            return "found a list"
    return "found something else"
