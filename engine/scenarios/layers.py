"""What is given, layer upon layer: the request they make, and where the file says what a fault points at."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..diagnostics import Path
from .model import Layer


def request_of(layers: Iterable[Layer]) -> dict[str, Any]:
    """The request that layers make: mappings are merged, everything else is replaced by the later one."""
    request: dict[str, Any] = {}
    for layer in layers:
        value = layer.value
        for step in reversed(layer.at):
            value = {step: value}
        request = _merged(request, value)
    return request


def place_of(pointer: str, layers: Sequence[Layer], otherwise: Path) -> Path:
    """Where in the file stands what a JSON Pointer into the request points at."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    for layer in reversed(layers):
        depth = len(layer.at)
        if tuple(steps[:depth]) == layer.at:
            inner = _inner(layer.value, steps[depth:])
            if inner is not None:
                return (*layer.place, *inner)
    return otherwise


def _merged(base: Any, over: Any) -> Any:
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    both = {**base, **over}
    return {key: _merged(base[key], value) if key in base and key in over else value for key, value in both.items()}


def _inner(value: Any, steps: Sequence[str]) -> Path | None:
    """The path of these steps in a value, or None when it has no such entry."""
    path: list[str | int] = []
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            path.append(step)
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            path.append(int(step))
            value = value[int(step)]
        else:
            return None
    return tuple(path)
