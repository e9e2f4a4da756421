"""What a plain word means: the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).

Words such as `no`, `4:30`, `2023-06-08` and `1_000` are texts; `010` is ten. Knows nothing of where the word stands.
"""

from __future__ import annotations

import math
import re
from typing import Final, TypeAlias

Scalar: TypeAlias = str | int | float | bool | None

TAG: Final = "tag:yaml.org,2002:"
"""What `!!` stands for."""
CORE: Final = frozenset({"str", "int", "float", "bool", "null", "map", "seq"})
"""The tags of the core schema, without the `!!`."""
_WORDS: Final[dict[str, Scalar]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_MAY_BE_SPECIAL: Final = frozenset("-+.0123456789~ntfNTF")
_INT: Final = re.compile(r"[-+]?[0-9]+")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST: Final = {8: 21, 10: 19, 16: 16}
_KINDS: Final[dict[str, tuple[str, type | tuple[type, ...]]]] = {
    "int": ("a whole number", int),
    "float": ("a number", (int, float)),
    "bool": ("`true` or `false`", bool),
    "null": ("empty", type(None)),
}


class BadScalar(Exception):
    """A word that has no value here: carries a code, a message and help."""

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code, self.message, self.help = code, message, help


def resolve(word: str) -> Scalar:
    """The value of a plain (unquoted) word.

    Raises:
        BadScalar: for `.nan`, `.inf` and numbers beyond 64 bits.
    """
    if word and word[0] not in _MAY_BE_SPECIAL:
        return word
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return _whole(word, 10)
    if _FLOAT.fullmatch(word):
        return _decimal(word)
    if _BASED.fullmatch(word):
        return _whole(word[2:], 8 if word[1] == "o" else 16)
    if _NOT_FINITE.fullmatch(word):
        raise BadScalar("not-a-number", f"`{word}` is not a number that can be used", _QUOTE_IT)
    return word


def resolve_tagged(word: str, tag: str) -> Scalar:
    """The value of a word with one of the core tags (`!!str`, `!!int`, `!!float`, `!!bool`, `!!null`).

    Raises:
        BadScalar: for other tags, and for words that do not have the tag's form.
    """
    kind = tag.removeprefix(TAG)
    if kind == "str":
        return word
    if kind not in _KINDS:
        raise BadScalar(
            "bad-tag-value",
            f"`!!{kind}` does not fit a single value",
            "leave the tag out: the form of the value says what it is",
        )
    value = resolve(word)
    wanted, types = _KINDS[kind]
    if not isinstance(value, types) or (isinstance(value, bool) and kind != "bool"):
        raise BadScalar(
            "bad-tag-value", f"`!!{kind}` promises that this is {wanted}", "leave the tag out, or write such a value"
        )
    return float(value) if kind == "float" and isinstance(value, int) else value


_QUOTE_IT: Final = "write a finite number; put quotes around it if it is meant as text"


def _whole(digits: str, base: int) -> int:
    # Python refuses to read very long decimal texts, and takes quadratic time for them: measure before reading.
    figures = digits.lstrip("+-").lstrip("0") or "0"
    number = int(figures, base) if len(figures) <= _LONGEST[base] else None
    if number is not None and digits[0] == "-":
        number = -number
    if number is None or not -(2**63) <= number < 2**63:
        raise BadScalar(
            "number-too-large", "this number does not fit 64 bits", "put quotes around it if it is meant as text"
        )
    return number


def _decimal(word: str) -> float:
    number = float(word)
    if math.isinf(number):
        raise BadScalar(
            "number-too-large", "this number does not fit 64 bits", "put quotes around it if it is meant as text"
        )
    return number


def meaning(word: str) -> object:
    """What makes two plain keys one key to a strict parser: `1` and `0x1`, `~` and `null`, `true` and `True`.

    Numbers compare as they do where every number is a 64-bit float. A word without a special meaning is its own.
    """
    if word and word[0] not in _MAY_BE_SPECIAL:
        return word
    if word in _WORDS:
        return "word", _WORDS[word]
    if _FLOAT.fullmatch(word):
        return "number", float(word)
    if _BASED.fullmatch(word):
        digits = int(word[2:], 8 if word[1] == "o" else 16)
        return "number", float(digits) if digits.bit_length() <= 1023 else math.inf
    if _NOT_FINITE.fullmatch(word) and word[-1] in "fF":
        return "number", -math.inf if word[0] == "-" else math.inf
    return word
