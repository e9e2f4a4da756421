"""RE2 expressions as trees, to be turned into automata: the syntax of google-re2 with its Perl extensions.

Which characters a class or a letter stands for is asked of RE2 itself, so that its tables and its folding of case are
the ones meant. What cannot be translated raises Undecided; an expression is taken to be one that RE2 accepts.
"""

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import re2

from ...tables import matcher
from .characters import LAST, Ranges, all_characters, ranges_of
from .undecided import Undecided

AT_BEGIN, AT_END, AT_LINE_BEGIN, AT_LINE_END, AT_EDGE, INSIDE = "\\A", "\\z", "^", "$", "\\b", "\\B"
"""Assertions; the edges are those of words of ASCII letters, digits and `_`."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a set."""

    chars: Ranges


@dataclass(frozen=True, slots=True)
class At:
    """A place, without a character."""

    place: str


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times; `most` None is without end."""

    part: "Node"
    least: int
    most: int | None


Node = OneOf | At | Row | Choice | Repeat


@dataclass(frozen=True, slots=True)
class _Flags:
    fold: bool = True
    dot_is_all: bool = False
    lines: bool = False


_SIMPLE = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PLACES = {"A": AT_BEGIN, "z": AT_END, "b": AT_EDGE, "B": INSIDE}
_COUNT = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
_GROUP = re.compile(r"\(\?(?:P?<[^>]*>|([imsU]*)(?:-([imsU]*))?([:)]))", re.ASCII)
_HEX = re.compile(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_OCTAL = re.compile(r"\\[0-7]{1,3}")
_PROPERTY = re.compile(r"\\[pP](?:\{[^}]*\}|.)", re.DOTALL)
_CLASS_PART = re.compile(r"\[:\^?[a-z]+:\]|\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\.|[^\]]", re.DOTALL)


def parsed(pattern: str) -> Node:
    """The tree of an expression that is searched without regard to case. Raises Undecided."""
    try:
        node, at = _Parser(pattern).choice(0, _Flags())
    except RecursionError:
        raise Undecided(f"the expression `{pattern[:40]}…` is nested too deeply") from None
    if at != len(pattern):
        raise Undecided(f"the expression `{pattern}` has a form that the proof does not know")
    return node


class _Parser:
    """Reads by places: each function takes where it begins and gives its node and where it ended."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern

    def choice(self, at: int, flags: _Flags) -> tuple[Node, int]:
        """Parts divided by `|`, up to the end of the group; flags that are set inside hold up to there."""
        parts: list[Node] = []
        row: list[Node] = []
        text = self._text
        while at < len(text) and text[at] != ")":
            if text[at] == "|":
                parts.append(Row(tuple(row)))
                row, at = [], at + 1
                continue
            set_flags = _GROUP.match(text, at)
            if set_flags and set_flags[3] == ")":
                flags, at = _changed(flags, set_flags), set_flags.end()
                self._refuse_repeat(at)
                continue
            if text.startswith("\\Q", at):
                end = text.find("\\E", at + 2)
                quoted = text[at + 2 : end if end >= 0 else len(text)]
                row += [OneOf(_letter(char, flags.fold)) for char in quoted[:-1]]
                at = end + 2 if end >= 0 else len(text)
                if not quoted:
                    self._refuse_repeat(at)
                    continue
                node: Node = OneOf(_letter(quoted[-1], flags.fold))
            else:
                node, at = self._atom(at, flags)
            node, at = self._repeated(node, at)
            row.append(node)
        parts.append(Row(tuple(row)))
        return (parts[0] if len(parts) == 1 else Choice(tuple(parts))), at

    def _refuse_repeat(self, at: int) -> None:
        """What a repetition right after flags or an empty quotation repeats is not for us to guess."""
        if self._text[at : at + 1] in tuple("*+?") or _COUNT.match(self._text, at):
            raise Undecided(f"the proof does not know what is repeated at `{self._text[at : at + 10]}`")

    def _repeated(self, node: Node, at: int) -> tuple[Node, int]:
        text = self._text
        while at < len(text):
            counted = _COUNT.match(text, at)
            if text[at] in "*+?":
                least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[text[at]]
                at += 1
            elif counted:
                least = int(counted[1])
                most = least if counted[2] is None else int(counted[3]) if counted[3] else None
                at = counted.end()
            else:
                break
            node = Repeat(node, least, most)
            at += text.startswith("?", at)  # greedy or not, the same texts match
        return node, at

    def _atom(self, at: int, flags: _Flags) -> tuple[Node, int]:
        char = self._text[at]
        if char == "(":
            return self._group(at, flags)
        if char == "[":
            return self._class(at, flags)
        if char == "\\":
            return self._escape(at, flags)
        if char == ".":
            return OneOf(((0, LAST),) if flags.dot_is_all else ((0, 9), (11, LAST))), at + 1
        if char == "^":
            return At(AT_LINE_BEGIN if flags.lines else AT_BEGIN), at + 1
        if char == "$":
            return At(AT_LINE_END if flags.lines else AT_END), at + 1
        return OneOf(_letter(char, flags.fold)), at + 1

    def _group(self, at: int, flags: _Flags) -> tuple[Node, int]:
        start = at + 1
        if self._text.startswith("(?", at):
            opened = _GROUP.match(self._text, at)
            if opened is None:
                raise Undecided(f"the proof does not know the group at `{self._text[at : at + 10]}`")
            start = opened.end()
            if opened[3]:
                flags = _changed(flags, opened)
        node, end = self.choice(start, flags)
        if not self._text.startswith(")", end):
            raise Undecided("the proof does not see where a group ends")
        return node, end + 1

    def _class(self, at: int, flags: _Flags) -> tuple[Node, int]:
        end = at + 1 + self._text.startswith("^", at + 1)
        is_first = True
        while is_first or not self._text.startswith("]", end):
            part = _CLASS_PART.match(self._text, end)
            end = part.end() if part else end + 1
            is_first = False
            if end > len(self._text):
                raise Undecided("the proof does not see where a class ends")
        return OneOf(class_of(self._text[at : end + 1], flags.fold)), end + 1

    def _escape(self, at: int, flags: _Flags) -> tuple[Node, int]:
        text, char = self._text, self._text[at + 1]
        if char in _PLACES:
            return At(_PLACES[char]), at + 2
        if char in "dDsSwW":
            return OneOf(class_of(text[at : at + 2], flags.fold)), at + 2
        if char in "pP" and (found := _PROPERTY.match(text, at)):
            return OneOf(class_of(found[0], flags.fold)), found.end()
        if char == "x" and (found := _HEX.match(text, at)):
            return OneOf(_letter(chr(int(found[1] or found[2], 16)), flags.fold)), found.end()
        if char in "01234567" and (found := _OCTAL.match(text, at)):
            return OneOf(_letter(chr(int(found[0][1:], 8)), flags.fold)), found.end()
        if char in _SIMPLE:
            return OneOf(_letter(_SIMPLE[char], flags.fold)), at + 2
        if char.isalnum() and char.isascii():
            raise Undecided(f"the proof does not know `\\{char}`")
        return OneOf(_letter(char, flags.fold)), at + 2


def _changed(flags: _Flags, group: re.Match[str]) -> _Flags:
    for letters, value in ((group[1] or "", True), (group[2] or "", False)):
        for name, letter in (("fold", "i"), ("dot_is_all", "s"), ("lines", "m")):
            if letter in letters:
                flags = replace(flags, **{name: value})
    return flags


@lru_cache(maxsize=1)
def with_case() -> str:
    """All characters that RE2 may take for another one when it ignores case, and some more."""
    apart = "".join(map(chr, (*range(0x3400), *range(0xA640, 0xAC00), *range(0xF900, 0x20000))))
    return "".join(re2.findall(r"[\p{Lu}\p{Ll}\p{Lt}\p{Nl}\x{345}\x{24B6}-\x{24E9}]+", apart))


@lru_cache(maxsize=4096)
def _letter(char: str, fold: bool) -> Ranges:
    """A letter, with those that are the same but for case."""
    if not fold:
        return ((ord(char), ord(char)),)
    same = matcher(re2.escape(char)).findall(with_case())
    return tuple((code, code) for code in sorted({ord(char), *map(ord, same)}))


@lru_cache(maxsize=1024)
def class_of(atom: str, fold: bool) -> Ranges:
    """The characters that RE2 takes a class for, case ignored or not."""
    written = f"(?:{atom})" if fold else f"(?-i:{atom})"
    if "\\p" in atom or "\\P" in atom:
        return ranges_of(matcher(written + "+").findall(all_characters()))
    named = {*range(128), *map(ord, atom), *(int(a or b, 16) for a, b in _HEX.findall(atom)),
             *(int(o[1:], 8) for o in _OCTAL.findall(atom))}  # fmt: skip
    cuts = sorted({c for code in named for c in (code, code + 1)} | {0, LAST + 1, *map(ord, with_case())})
    cuts = sorted({*cuts, *(ord(c) + 1 for c in with_case())})
    firsts = [low if not 0xD800 <= low < 0xE000 else 0xE000 for low in cuts[:-1]]
    chosen = set(matcher(written).findall("".join(map(chr, firsts))))
    return tuple((low, high - 1) for (low, high), first in zip(pairwise(cuts), firsts, strict=True)
                 if chr(first) in chosen)  # fmt: skip
