"""Replaces what must not be read in a log by its hash: equal values stay equal, and none can be read back.

Knows of requests and decisions only where a text of the one may come to stand in the other.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec

from engine import format_duration, format_instant, parse_duration, parse_instant

Steps: TypeAlias = tuple[str, ...]
"""A JSON Pointer taken apart; a `*` stands for every member."""

_canonical: Final = msgspec.json.Encoder(order="deterministic").encode
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode
_SURE: Final = 4
"""Characters from which on a text is taken for itself wherever it stands; a shorter one must stand alone."""
_LONGEST_TIME: Final = 64
"""Characters that an instant or a duration may have to be taken for one."""
_BEGINS_A_TIME: Final = frozenset("0123456789P")
_OPEN_TEXTS: Final = (("assignment", "agent"), ("assignment", "group"), ("obligations", "*", "with"))
"""Where a decision can hold a text of its request; all else is what the rulebook itself says."""


def steps_of(pointer: str) -> Steps:
    """The steps of a JSON Pointer (RFC 6901)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def pointer_of(steps: Iterable[str | int]) -> str:
    """The JSON Pointer of steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


class Masks:
    """What is masked, and with which key."""

    def __init__(self, pointers: Iterable[str], key: bytes | None = None) -> None:
        self._paths = [steps_of(pointer) for pointer in dict.fromkeys(pointers)]
        self._plain = {path: pointer_of(path) for path in self._paths if _is_plain(path)}
        self._key = key

    def hash(self, value: Any) -> str:
        """What stands for a value: the hash of its JSON with sorted names, and how it was made."""
        raw = _canonical(value)
        if self._key is None:
            return "sha256:" + hashlib.sha256(raw).hexdigest()
        return "hmac-sha256:" + hmac.digest(self._key, raw, "sha256").hex()

    def mask_request(self, request: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Mask a request in place: the JSON Pointers of what was replaced, and the texts that were."""
        pointers: list[str] = []
        texts: list[str] = []
        for path in self._paths:
            for parent, step, place in _member(request, path) if path in self._plain else _found(request, path):
                value = parent[step]
                texts += _texts(value)
                parent[step] = self.hash(value)
                pointers.append(self._plain[path] if place is path else pointer_of(place))
        return pointers, texts

    def mask_decision(self, decision: bytes, texts: Sequence[str]) -> tuple[bytes, list[str]]:
        """A decision without these texts where its rulebook put them in, and the JSON Pointers of those places."""
        texts = [text for text in {unicodedata.normalize("NFC", t) for t in texts} if _encode(text)[1:-1] in decision]
        if not texts:
            return decision, []
        wanted = re.compile("|".join(map(_standing, sorted(texts, key=len, reverse=True))))
        document = _decode(decision)
        pointers: list[str] = []
        for path in _OPEN_TEXTS:
            for parent, step, place in _found(document, path):
                self._cover(parent, step, place, wanted, pointers)
        return (_encode(document), pointers) if pointers else (decision, [])

    def _cover(self, parent: Any, step: Any, place: Steps, wanted: re.Pattern[str], pointers: list[str]) -> None:
        value = parent[step]
        if isinstance(value, dict | list):
            for inner in list(value) if isinstance(value, dict) else range(len(value)):
                self._cover(value, inner, (*place, str(inner)), wanted, pointers)
        elif isinstance(value, str):
            covered = wanted.sub(lambda found: self.hash(found.group()), value)
            if covered != value:
                parent[step] = covered
                pointers.append(pointer_of(place))


def _found(node: Any, path: Steps, place: Steps = ()) -> Iterator[tuple[Any, Any, Steps]]:
    """Where a path leads: what holds the value, under which name or number, and the steps to it. Null is nothing."""
    step, *rest = path
    steps: Iterable[Any] = ()
    if isinstance(node, dict):
        steps = [step] if step in node else list(node) if step == "*" else ()
    elif isinstance(node, list):
        steps = range(len(node)) if step == "*" else [int(step)] if step.isdigit() and int(step) < len(node) else ()
    for one in steps:
        if node[one] is None:
            continue
        if rest:
            yield from _found(node[one], tuple(rest), (*place, str(one)))
        else:
            yield node, one, (*place, str(one))


def _is_plain(path: Steps) -> bool:
    """Whether it leads to a member of an object within an object, as the paths of most masks do."""
    return len(path) == 2 and "*" not in path and not any(step.isdigit() for step in path)


def _member(request: dict[str, Any], path: Steps) -> Sequence[tuple[Any, Any, Steps]]:
    """The same as `_found` for a plain path, several times as fast: each decision goes through here."""
    holder = request.get(path[0])
    return [(holder, path[1], path)] if isinstance(holder, dict) and holder.get(path[1]) is not None else ()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value, *_times(value)] if value else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for child in inner for text in _texts(child)]


def _times(text: str) -> Iterator[str]:
    """A text that says an instant or a duration, as decisions write those."""
    if len(text) <= _LONGEST_TIME and text[0] in _BEGINS_A_TIME:
        for write, read in ((format_instant, parse_instant), (format_duration, parse_duration)):
            with suppress(ValueError):
                yield write(read(text))


def _standing(text: str) -> str:
    """The pattern of a text where it stands for itself."""
    wanted = re.escape(text)
    return wanted if len(text) >= _SURE else rf"(?<!\w){wanted}(?!\w)"
