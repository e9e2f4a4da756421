"""Bodies that nobody should send: valid requests spoilt at the level of bytes, of JSON text, and of what it holds.

Made by a seeded generator, so that a body that breaks something can be made again from its number.
"""

import copy
import json
import random
from collections.abc import Callable
from typing import Any

_TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b'"',
    b"null",
    b"true",
    b"1e999",
    b"-",
    b"\\u",
    b"\\ud800",
    b"\xff",
    b"\x00",
]
_PUZZLES: list[Any] = [
    None,
    True,
    0,
    -1,
    3.5,
    2**63,
    -(2**64),
    10**40,
    1e308,
    "",
    "x",
    "x" * 70_000,
    "\u202e\ud7ff\x00\x7f",
    "2026-02-30T25:61:00Z",
    "9999-12-31T23:59:59+23:59",
    "1.0",
    [],
    [[]],
    [None] * 1_001,
    {},
    {"": {}},
    {"id": {"id": {}}},
    {"from": None},
]
_NAMES = [
    "",
    "rulebook",
    "tickt",
    "fields",
    "id",
    "__proto__",
    "from",
    "$ref",
    "ticket/id",
    "~0",
    "é",
    "x" * 300,
    "\x00",
]


def spoilt_body(seed: int, valid: list[dict[str, Any]]) -> bytes:
    """The body of this number, made from one of these requests."""
    dice = random.Random(seed)
    request = copy.deepcopy(dice.choice(valid))
    return dice.choice(_KINDS)(request, dice)


def _text(value: Any, dice: random.Random) -> bytes:
    return json.dumps(value, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass")


def _other_bytes(request: dict[str, Any], dice: random.Random) -> bytes:
    raw = bytearray(_text(request, dice))
    for _ in range(dice.choice((1, 1, 2, 8))):
        raw[dice.randrange(len(raw))] = dice.randrange(256)
    return bytes(raw)


def _cut(request: dict[str, Any], dice: random.Random) -> bytes:
    raw = json.dumps({**request, "ticket": {"text": "проверка ✓ 🙂"}}, ensure_ascii=False).encode()
    start = dice.randrange(len(raw)) if dice.random() < 0.3 else 0
    return raw[start : dice.randrange(start, len(raw))]


def _other_tokens(request: dict[str, Any], dice: random.Random) -> bytes:
    raw = _text(request, dice)
    for _ in range(dice.choice((1, 2, 4))):
        start = dice.randrange(len(raw) + 1)
        raw = raw[:start] + dice.choice(_TOKENS) + raw[start + dice.randrange(3) :]
    return raw


def _noise(request: dict[str, Any], dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(200))


def _deep(request: dict[str, Any], dice: random.Random) -> bytes:
    depth = dice.choice((31, 32, 33, 200, 2_000, 50_000))
    opening, closing = dice.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'[{"ticket":', b"}]")))
    inner = opening * depth + b"1" + closing * dice.choice((depth, depth, depth - 1, 0))
    return dice.choice((inner, b'{"rulebook":"internal-it","ticket":{"fields":{"nature":' + inner + b"}}}"))


def _long_number(request: dict[str, Any], dice: random.Random) -> bytes:
    digits = b"9" * dice.choice((15, 20, 400, 5_000, 100_000))
    number = dice.choice((digits, b"-" + digits, digits + b".5", b"1e" + digits, b"0." + digits, b"0" + digits))
    place = dice.choice((b'"line":', b'"reopened":', b'"fields":{"expected_minutes":'))
    return b'{"rulebook":"shift-lead-desk","ticket":{' + place + number + (b"}}}" if b"{" in place else b"}}")


def _repeated_name(request: dict[str, Any], dice: random.Random) -> bytes:
    raw = _text(request, dice)
    name = json.dumps(dice.choice([*request, *_NAMES])).encode()
    return b"{" + name + b":" + _text(dice.choice(_PUZZLES), dice) + b"," + raw[1:]


def _containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    own = [value] if isinstance(value, (dict, list)) else []
    return own + [found for child in inner for found in _containers(child)]


def _other_structure(request: dict[str, Any], dice: random.Random) -> bytes:
    for _ in range(dice.choice((1, 1, 2, 5))):
        place = dice.choice(_containers(request))
        if isinstance(place, list):
            place.insert(dice.randrange(len(place) + 1), copy.deepcopy(dice.choice(_PUZZLES)))
            continue
        name = dice.choice([*place, *_NAMES])
        change = dice.randrange(4)
        if change == 0:
            place.pop(name, None)
        elif change == 1 and name in place:
            place[dice.choice(_NAMES)] = place[name]
        else:
            place[name] = copy.deepcopy(dice.choice(_PUZZLES))
    return _text(request, dice)


def _another_shape(request: dict[str, Any], dice: random.Random) -> bytes:
    return _text(dice.choice([*_PUZZLES, [request], {"request": request}, json.dumps(request), [request] * 3]), dice)


def _other_encoding(request: dict[str, Any], dice: random.Random) -> bytes:
    text = json.dumps(request, ensure_ascii=False)
    return text.encode(dice.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7", "utf-16-le")))


def _huge_roster(request: dict[str, Any], dice: random.Random) -> bytes:
    member = dice.choice(([{"id": "a"}], [{}], [None], [{"id": None}], ["a"], [{"id": "a", "skills": [1]}]))
    return _text({**request, "roster": member * dice.choice((2, 50, 2_000))}, dice)


_KINDS: list[Callable[[dict[str, Any], random.Random], bytes]] = [
    *[_other_bytes] * 4,
    *[_cut] * 3,
    *[_other_tokens] * 4,
    _noise,
    _deep,
    _long_number,
    *[_repeated_name] * 2,
    *[_other_structure] * 10,
    _another_shape,
    _other_encoding,
    _huge_roster,
]
