"""How what the stages say is handed out: as data, which is the caller's own to change, or as JSON in UTF-8.

Stages work out what is said, once for both; what a rule says every time alike is made ready here when it is first said.
Knows no stage and no rule.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, Protocol

import msgspec

Give = Callable[[], Any]
"""Gives a part of a decision that is the same every time; whoever gets it may keep and change it."""

_encode = msgspec.json.Encoder().encode


class Rendering(Protocol):
    """One way to hand parts out. Parts are JSON data before, and whatever the rendering makes of them after."""

    name: str

    def ready(self, part: Any) -> Give:
        """A part that is given again and again."""
        ...

    def kept(self, give: Give) -> Any:
        """What to keep of such a part where it is handed out without a stage: `give`, or what nobody can change."""
        ...

    def made(self, part: Any) -> Any:
        """A part that was made for this decision alone."""
        ...

    def mapping(self, parts: Iterable[tuple[str, Any]]) -> Any:
        """Parts under names, each name once."""
        ...

    def listed(self, parts: Sequence[Any]) -> Any:
        """Parts in a list, which may be taken over."""
        ...


class AsData:
    """Dictionaries, lists and plain values, copied each time."""

    __slots__ = ()
    name = "data"

    def ready(self, part: Any) -> Give:
        """A copier, all the way down."""
        return copier(part)

    def kept(self, give: Give) -> Give:
        """As it is: each decision gets a copy."""
        return give

    def made(self, part: Any) -> Any:
        """As it is."""
        return part

    def mapping(self, parts: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """A dictionary."""
        return dict(parts)

    def listed(self, parts: Sequence[Any]) -> Sequence[Any]:
        """As it is."""
        return parts


class AsJson:
    """Bytes of compact JSON; those of ready parts are made once."""

    __slots__ = ()
    name = "json"

    def ready(self, part: Any) -> Give:
        """The same bytes each time."""
        encoded = _encode(part)
        return lambda: encoded

    def kept(self, give: Give) -> bytes:
        """Its bytes."""
        encoded: bytes = give()
        return encoded

    def made(self, part: Any) -> bytes:
        """Its bytes."""
        return _encode(part)

    def mapping(self, parts: Iterable[tuple[str, bytes]]) -> bytes:
        """A JSON object."""
        return b"{%b}" % b",".join([b"%b:%b" % (_encode(name), part) for name, part in parts])

    def listed(self, parts: Sequence[bytes]) -> bytes:
        """A JSON array."""
        return b"[%b]" % b",".join(parts)


AS_DATA: Final = AsData()
AS_JSON: Final = AsJson()


def copier(value: Any) -> Give:
    """A function that gives a copy of JSON data; lists and dictionaries in it are copied too."""
    if not isinstance(value, dict | list):
        return lambda: value
    items = value.items() if isinstance(value, dict) else enumerate(value)
    nested = [(place, item) for place, item in items if isinstance(item, dict | list)]
    copy: Give = value.copy
    if not nested:
        return copy
    if isinstance(value, dict) and len(nested) == len(value) <= MOST_FLAT and not any(map(_nests, value.values())):
        give: Give = _flat_copier(len(value))(*value, *value.values())
        return give
    return _deep_copier(copy, [(place, copier(item)) for place, item in nested])


MOST_FLAT: Final = 32
"""Members up to which a dictionary of flat data is copied in one expression."""


def _nests(value: Any) -> bool:
    return any(isinstance(item, dict | list) for item in (value.values() if isinstance(value, dict) else value))


@cache
def _flat_copier(size: int) -> Callable[..., Give]:
    """From keys and flat values to what copies a dictionary of them: a third quicker than member by member.

    There is one for each size up to MOST_FLAT, written from numbers alone.
    """
    keys, values = ([f"{letter}{i}" for i in range(size)] for letter in "kv")
    copies = ", ".join(f"{key}: {value}.copy()" for key, value in zip(keys, values, strict=True))
    made: Callable[..., Give] = eval(f"lambda {', '.join((*keys, *values))}: lambda: {{{copies}}}")
    return made


def _deep_copier(copy: Give, inner: Sequence[tuple[Any, Give]]) -> Give:
    """Copies the outermost of nested data, then puts copies of what it holds in their places."""
    if len(inner) > 1:

        def give() -> Any:
            copied = copy()
            for place, copy_item in inner:
                copied[place] = copy_item()
            return copied

        return give
    only, copy_only = inner[0]

    def give_one() -> Any:
        copied = copy()
        copied[only] = copy_only()
        return copied

    return give_one
