"""From the bytes of a request to a mapping and from an answer to its bytes, for the service and the commands alike.

Knows JSON and nothing of what a request may say.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Never

import msgspec

from .problems import DOES_NOT_FIT, NOT_JSON, Problem, Refusal, does_not_fit

DEEPEST: Final = 32
"""Levels to which the lists and objects of a request may be nested."""

MOST_FAULTS: Final = 100
"""Names written twice that are told at most."""

_decode: Final = msgspec.json.Decoder().decode
_decode_lines: Final = msgspec.json.Decoder().decode_lines
_encode: Final = msgspec.json.Encoder().encode
_encode_lines: Final = msgspec.json.Encoder().encode_lines
_WHITE_SPACE: Final = b" \t\r\n"
_QUOTE: Final = b'"'
_BACKSLASH: Final = b"\\"
_BETWEEN_OBJECTS: Final = b"}\n{"
_OTHER_SIGNS: Final = bytes(sign for sign in range(256) if sign not in b'"\\[{')
_OFFSET: Final = re.compile(r" ?\(byte (\d+)\)")
_HALF_PAIR: Final = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u)")
_KINDS: Final = {list: "a list", str: "a text", bool: "a truth value", int: "a number", float: "a number"}


def read_request(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`.

    Raises Refusal: 400 for what is not JSON, 422 for what is no object, nests too deep or repeats a name.
    """
    value = decode_request(raw)
    refuse_odd_text(raw, value)
    return value


def decode_request(raw: bytes) -> dict[str, Any]:
    """The same, but for names that are repeated and lists and objects that nest too deep."""
    try:
        value = _decode(raw)
    except msgspec.ValidationError:
        raise Refusal(does_not_fit("", "a number of the request is out of range")) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(Problem(NOT_JSON, _why_not_json(raw, str(error)))) from None
    except RecursionError:
        raise Refusal(Problem(NOT_JSON, "lists and objects are nested too deep to be read")) from None
    if type(value) is not dict:
        found = _KINDS.get(type(value), "null")
        raise Refusal(does_not_fit("", f"a request is a JSON object, and this is {found}"))
    return value


class Requests(NamedTuple):
    """Requests that were decoded together."""

    values: list[Any]
    """One of each line: an object, or something else where there is one line only."""
    is_plain: bool
    """Whether no name of them can have been repeated: else look at each (`refuse_repeated_names`)."""


def decode_requests(text: bytes, count: int) -> Requests | None:
    """The JSON objects of a text of so many lines, one on each, all decoded at once; each line has its line feed.

    None where it is not so: blank lines, a fault of any, or anything but objects. Then look at each line by itself.
    """
    # The decoder takes several values on a line, and one on several. In JSON a `}` with a `{` behind it ends one value
    # and begins another, and no text holds an end of line: as many such places as ends of lines, and one value more,
    # mean that each line is one object.
    if text.count(_BETWEEN_OBJECTS) != count - 1:
        return None
    try:
        values = _decode_lines(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Requests(values, _drops_nothing(text, _encode_lines(values))) if len(values) == count else None


def _drops_nothing(text: bytes, anew: bytes) -> bool:
    """Whether a text is sure to repeat no name: `anew` is what it says, written anew.

    That is the same text where the sender puts no spaces. Without a backslash no text holds a quote, and a name that
    was dropped took two with it; no line can make up for what another has lost.
    """
    return text == anew or (_BACKSLASH not in text and text.count(_QUOTE) == anew.count(_QUOTE))


def encode_answer(answer: Any) -> bytes:
    """An answer as compact JSON in UTF-8: the bytes that the service sends."""
    return _encode(answer)


def _why_not_json(raw: bytes, message: str) -> str:
    if not raw.strip(_WHITE_SPACE):
        return "the body is empty"
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not UTF-8"
    offset = _OFFSET.search(message)
    if offset is None:
        half = _HALF_PAIR.search(raw)
        return (
            f"half of a surrogate pair at byte {half.start()}"
            if half
            else f"the text ends at byte {len(raw)}, too early"
        )
    reason = _OFFSET.sub("", message).removeprefix("JSON is malformed: ")
    return f"{reason} at byte {offset[1]}"


def refuse_odd_text(raw: bytes, value: dict[str, Any]) -> None:
    """Refuse (422) a decoded request whose text repeats a name or nests too deep."""
    quotes = _quotes_alone(raw)
    if quotes is not None and quotes == _encode(value).count(_QUOTE):
        return
    # A name in the text ends with `":` once white space is gone. Texts can add to that count, nothing can take from
    # it: as many as the decoded objects have members means that no name was dropped. Otherwise a slower parser tells.
    names = _count_members(value)
    if raw.translate(None, _WHITE_SPACE).count(b'":') != names:
        faults = _repeated_names(raw)
        if faults:
            raise Refusal(Problem(DOES_NOT_FIT, faults[0]["message"], faults))


def refuse_repeated_names(raw: bytes, fitting: dict[str, Any]) -> None:
    """The same for a request that a rulebook has accepted: it is as flat as one is, which spares looking at that."""
    if not _drops_nothing(raw, _encode(fitting)):
        refuse_odd_text(raw, fitting)


def _quotes_alone(raw: bytes) -> int | None:
    # Without a backslash no text holds a quote: as many in `raw` as in the value when it is written anew means that no
    # name was dropped, in a fraction of the time that looking at every member takes. With as few brackets as this,
    # nothing can nest too deep. None where that does not hold and the longer way must be gone.
    signs = raw.translate(None, _OTHER_SIGNS)
    quotes = signs.count(_QUOTE)
    return None if len(signs) - quotes > DEEPEST or _BACKSLASH in signs else quotes


def _count_members(node: dict[str, Any] | list[Any], levels: int = DEEPEST) -> int:
    # The shape of this loop is for speed: most requests hold few lists and objects among many plain values.
    if not levels:
        raise Refusal(does_not_fit("", f"lists and objects are nested more than {DEEPEST} levels deep"))
    children: Iterable[Any] = node
    members = 0
    if type(node) is dict:
        members = len(node)
        children = node.values()
    for child in children:
        if type(child) is dict or type(child) is list:
            members += _count_members(child, levels - 1)
    return members


class _Repeating(dict[str, Any]):
    """An object of which `names` were written more than once."""

    names: list[str]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    marked = _Repeating(members)
    written = Counter(name for name, _ in pairs)
    marked.names = [name for name, times in written.items() if times > 1]
    return marked


def _zero(_: str) -> int:
    return 0


def _never(constant: str) -> Never:
    raise ValueError(constant)


def _repeated_names(raw: bytes) -> list[dict[str, str]]:
    value = json.loads(raw, object_pairs_hook=_object, parse_int=_zero, parse_float=_zero, parse_constant=_never)
    faults: list[dict[str, str]] = []
    left: list[tuple[str, Any]] = [("", value)]
    while left and len(faults) < MOST_FAULTS:
        pointer, node = left.pop()
        if isinstance(node, _Repeating):
            faults += [
                {"pointer": f"{pointer}/{_escaped(name)}", "message": f"`{name}` is written more than once"}
                for name in node.names
            ]
        if isinstance(node, dict):
            left += [(f"{pointer}/{_escaped(name)}", child) for name, child in node.items()]
        elif isinstance(node, list):
            left += [(f"{pointer}/{place}", child) for place, child in enumerate(node)]
    return sorted(faults[:MOST_FAULTS], key=lambda fault: fault["pointer"])


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
