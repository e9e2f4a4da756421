"""What a schema says of a path: the keys that may stand there, the words, and what they mean.

Knows JSON Schema, and nothing of what the files say beyond their shape.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ..diagnostics import Path


@lru_cache(maxsize=8)
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("schemas").joinpath(name).read_text(encoding="utf-8"))
    return found


def keys_at(schema: str, path: Path) -> dict[str, str]:
    """The keys that a mapping at a path may have by name, with what each means."""
    found: dict[str, str] = {}
    for node in nodes_at(schema, path):
        for key, inner in node.get("properties", {}).items():
            found.setdefault(key, _description(schema, inner))
    return found


def words_at(schema: str, path: Path) -> list[str]:
    """The plain values that are listed for a path."""
    found: dict[str, None] = {}
    for node in nodes_at(schema, path):
        listed = [*node.get("enum", ()), *([node["const"]] if "const" in node else ())]
        if node.get("type") == "boolean":
            listed += [True, False]
        for value in listed:
            found.setdefault(value if isinstance(value, str) else json.dumps(value))
    return list(found)


def description_at(schema: str, path: Path) -> str:
    """What the value at a path means, in the schema's words; empty where it says nothing."""
    return next((node["description"] for node in _steps(schema, path) if "description" in node), "")


def nodes_at(schema: str, path: Path) -> Iterator[Mapping[str, Any]]:
    """The schemas that a value at a path may fit: all sides of `anyOf`, references followed."""
    for node in _steps(schema, path):
        yield from _sides(schema, node, 0)


def _steps(schema: str, path: Path) -> list[Mapping[str, Any]]:
    """The schemas at a path, before their sides are told apart."""
    nodes: list[Mapping[str, Any]] = [_schema(schema)]
    for step in path:
        nodes = [
            _followed(schema, inner)
            for node in nodes
            for side in _sides(schema, node, 0)
            for inner in _inner(side, step)
            if isinstance(inner, Mapping)
        ]
    return [_followed(schema, node) for node in nodes]


def _inner(node: Mapping[str, Any], step: str | int) -> Iterator[Any]:
    if isinstance(step, int):
        yield node.get("items")
    elif step in node.get("properties", {}):
        yield node["properties"][step]
    else:
        yield node.get("additionalProperties")


def _sides(schema: str, node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    node = _followed(schema, node)
    yield node
    for word in ("anyOf", "oneOf", "allOf"):
        for side in node.get(word, ()) if depth < 8 else ():
            yield from _sides(schema, side, depth + 1)


def _followed(schema: str, node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a reference stands for; what stands beside the reference goes before it."""
    for _ in range(8):
        name = str(node.get("$ref", ""))
        if not name.startswith("#/$defs/"):
            break
        meant = _schema(schema)["$defs"].get(name.removeprefix("#/$defs/"), {})
        node = {**meant, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def _description(schema: str, node: Any) -> str:
    return str(_followed(schema, node).get("description", "")) if isinstance(node, Mapping) else ""
