"""Characters: the finitely many classes of code points that a few tests on texts tell apart, each by an example.

A text is read character by character and its folded form (Unicode, section 3.13, composed by UAX 15) follows along:
each character has an image, and images line up where the next character begins a new combining sequence. Marks that
combine with what stands before them do not line up; for them the classes allow more images than there are, so that a
search that finds nothing has still proved that there is nothing. Knows no tests; sets of characters come as ranges.
"""

import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product
from typing import NamedTuple

from ...facts import normal
from ...tables import WORD, folded

LAST = 0x10FFFF
PLEASANT = "xyzvwqkjhugfdbcplmnrstioae0123456789 -.,;:!?/#+*()'\"&%@=_эюяхцчшщжзѣ…–«»€→\n\t"
"""Characters that a reader takes in easily, best first; letters before digits before signs."""

Ranges = tuple[tuple[int, int], ...]
"""Code points as sorted, disjoint runs from a first to a last one."""

NORMAL, CHANGED, LOOSE = 0, 1, 2
IOTA = "\N{GREEK SMALL LETTER IOTA}"
"""What the iota below a letter (U+0345) folds to."""


class Symbol(NamedTuple):
    """A class of characters by one of them, what the folded text gains from it, and where it may stand.

    In mode NORMAL the folded text is exactly what was read. CHANGED follows a letter whose folded form combines with
    the mark that must come next, LOOSE that mark: from there on marks may vanish in the folded text, or be reordered.
    """

    char: str
    image: str
    before: tuple[int, ...] = (NORMAL, LOOSE)
    after: int = NORMAL


@lru_cache(maxsize=4096)
def is_word(char: str) -> bool:
    """Whether a character can be part of a word (see `words`)."""
    return WORD.fullmatch(char) is not None


@lru_cache(maxsize=1)
def all_characters() -> str:
    """Every code point but the surrogates, in order."""
    return array("I", [*range(0xD800), *range(0xE000, LAST + 1)]).tobytes().decode("utf-32")


def ranges_of(runs: Iterator[str] | Sequence[str]) -> Ranges:
    """Runs of neighbouring characters as ranges; a run across the surrogates counts them as in."""
    return tuple((ord(run[0]), ord(run[-1])) for run in runs)


def is_in(ranges: Ranges, starts: Sequence[int], code: int) -> bool:
    """Whether a code point lies in ranges; `starts` are their first members."""
    i = bisect_right(starts, code) - 1
    return i >= 0 and code <= ranges[i][1]


@dataclass(frozen=True, slots=True)
class Tables:
    """What folding does to code points: `alone` line up with an image of one character, `several` with one of more;
    `marks` combine with what stands before; `changed` are those whose folded form combines otherwise than they do."""

    alone_word: Ranges
    alone_sign: Ranges
    sources: dict[str, tuple[str, ...]]
    several: tuple[str, ...]
    marks: tuple[str, ...]
    changed: frozenset[str]
    composites: dict[str, tuple[str, ...]]


def _busy() -> Iterator[str]:
    """The code points that folding or composing may change: all others stand for themselves (a test holds it).

    Left out are the ideographs and the whole syllables of Hangul.
    """
    for first, last in ((0x80, 0x33FF), (0xA000, 0xABFF), (0xD7B0, 0xD7FF), (0xF900, 0x16FFF), (0x1D000, 0x1FFFF),
                        (0x2F800, 0x2FA1F)):  # fmt: skip
        yield from map(chr, range(first, last + 1))


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables of this Python's Unicode; takes a fraction of a second, once."""
    busy = list(_busy())
    canonical = {c: d for c in busy if (d := unicodedata.decomposition(c)) and not d.startswith("<")}
    combining = {chr(int(d.split()[1], 16)) for d in canonical.values() if " " in d}
    combining.update(map(chr, (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))))  # Hangul vowels and finals
    never = {char for char in canonical if normal(char) != char}
    marks = tuple(c for c in busy if (c in combining or unicodedata.combining(c)) and c not in never)
    excluded = never.union(marks)
    images = {c: folded(c) for c in [*map(chr, range(128)), *busy] if c.casefold() != c and c not in excluded}
    sources: dict[str, list[str]] = {}
    for char, image in images.items():
        for part in image if image != char else "":
            sources.setdefault(part, []).append(char)
    several = tuple(char for char, image in images.items() if len(image) > 1)
    composites: dict[str, list[str]] = {}
    for char in canonical.keys() - never:
        composites.setdefault(unicodedata.normalize("NFD", char)[0], []).append(char)
    alone_word, alone_sign = _alone(excluded.union(several))
    return Tables(
        alone_word,
        alone_sign,
        {part: tuple(chars) for part, chars in sources.items()},
        several,
        marks,
        _changed({char for chars in sources.values() for char in chars}, combining, frozenset(marks)),
        {base: tuple(sorted(chars)) for base, chars in composites.items()},
    )


def _alone(excluded: set[str]) -> tuple[Ranges, Ranges]:
    """The characters outside of `excluded`, those of words and all others; by the image, as words are."""
    wordy = ranges_of(WORD.findall(all_characters()))
    cuts = sorted({0, 0xD800, 0xE000, LAST + 1, *(c for a, b in wordy for c in (a, b + 1)),
                   *(c for char in excluded for c in (ord(char), ord(char) + 1))})  # fmt: skip
    starts = [a for a, _ in wordy]
    words: list[tuple[int, int]] = []
    signs: list[tuple[int, int]] = []
    for low, high in pairwise(cuts):
        if low == 0xD800 or chr(low) in excluded:
            continue
        (words if is_in(wordy, starts, low) else signs).append((low, high - 1))
    return tuple(words), tuple(signs)


def _changed(cased: set[str], combining: set[str], marks: frozenset[str]) -> frozenset[str]:
    """The characters with a mark that combines with their folded form and not with them (`J` and a caron, `ß` and an
    acute), or whose folded form ends in a mark itself."""
    tried = sorted(char for char in combining if unicodedata.combining(char))
    found = set()
    for char in cased:
        image = folded(char)
        if not marks.isdisjoint(image):
            found.add(char)
            continue
        apart = "".join(char + mark for mark in tried)
        if normal(apart) == apart and normal(image + image.join(tried)) == image + image.join(tried):
            continue
        if any(normal(char + m) == char + m and normal(image + m) != image + m for m in tried):
            found.add(char)
    return frozenset(found)


class Classes:
    """The classes of characters for some sets of characters and some letters of folded texts.

    `letters` are the characters that tests on the folded text name, `exact` those that tests on the text itself name.
    """

    def __init__(self, letters: Collection[str], sets: Sequence[Ranges], exact: Collection[str] = ()) -> None:
        self._letters = frozenset(letters)
        self._sets = [(ranges, [low for low, _ in ranges]) for ranges in sets]
        self._exact = frozenset(exact)

    def _bits(self, char: str) -> int:
        code = ord(char)
        return sum(is_in(ranges, starts, code) << i for i, (ranges, starts) in enumerate(self._sets))

    def _kind(self, char: str) -> tuple[str, ...]:
        """What tests on folded texts can tell of a character of a folded text."""
        return (char,) if char in self._letters else ("word" if is_word(char) else "sign",)

    def _signature(self, char: str, image: str) -> tuple[object, ...]:
        return (self._bits(char), *(self._kind(c) for c in image), char if char in self._exact else "")

    def lined_up(self) -> list[Symbol]:
        """One symbol for each class of the characters that line up with their images, pleasant ones first."""
        known = tables()
        banned = set(known.marks)
        single = {c for letter in self._letters for c in (letter, *known.sources.get(letter, ()))} | self._exact
        single = {c for c in single if normal(c) == c and c not in banned}
        symbols: dict[tuple[object, ...], Symbol] = {}
        for char in (*PLEASANT, *sorted(single), *known.several):
            image = folded(char)
            symbols.setdefault(self._signature(char, image), Symbol(char, image))
        edges = sorted({0, LAST + 1, *(c for ranges, _ in self._sets for a, b in ranges for c in (a, b + 1))})
        for group in (known.alone_word, known.alone_sign):
            starts = [a for a, _ in group]
            for low, high in pairwise(edges):
                other = _first(group, starts, low, high - 1, single)
                if other is not None:
                    image = folded(other)
                    symbols.setdefault(self._signature(other, image), Symbol(other, image))
        return sorted(symbols.values(), key=_pleasure)

    def combining(self) -> list[Symbol]:
        """Symbols for all that does not line up: more than there is, never less."""
        known = tables()
        marks: dict[tuple[object, ...], str] = {}
        for mark in known.marks:
            marks.setdefault(self._signature(mark, folded(mark)), mark)
        unnamed = next(mark for mark in known.marks if mark not in self._letters)
        options = sorted({unnamed, *self._letters & {IOTA, *known.marks}})
        symbols: list[Symbol] = []
        for mark in marks.values():
            symbols.append(Symbol(mark, folded(mark), (NORMAL,), NORMAL))
            symbols.extend(Symbol(mark, image, (CHANGED, LOOSE), LOOSE) for image in ("", *options))
        bases: dict[tuple[object, ...], Symbol] = {}
        for char in sorted(known.changed):
            for image in self._changes(char, known, options):
                symbol = Symbol(char, image, (NORMAL, LOOSE), CHANGED)
                bases.setdefault(self._signature(char, image), symbol)
        return symbols + list(bases.values())

    def _changes(self, char: str, known: Tables, options: list[str]) -> Iterator[str]:
        """The images that a character may have before a mark that changes its folded form."""
        decomposed = unicodedata.normalize("NFD", char.casefold())
        at = max(i for i, c in enumerate(decomposed) if c not in known.marks)
        head, base, tail = normal(decomposed[:at]), decomposed[at], decomposed[at + 1 :]
        others = [c for c in known.composites.get(base, ()) if c in self._letters]
        unnamed = [c for c in known.composites.get(base, ()) if c not in self._letters][:1]
        orders = ["".join(marks) for marks in product(options, repeat=len(tail))]
        if tail:
            yield from (head + base + marks for marks in orders)
        fewer = ["".join(marks) for count in range(len(tail)) for marks in product(options, repeat=count)]
        for last in (*others, *unnamed):
            yield from (head + last + marks for marks in (*fewer, *orders))

    def clusters(self) -> list[Symbol]:
        """Letters with marks and single marks whose images are exact, though more may follow from what precedes."""
        known = tables()
        found = [Symbol(mark, folded(mark)) for mark in known.marks if mark in self._letters]
        for letter in sorted(self._letters):
            base, *marks = list(unicodedata.normalize("NFD", letter))
            if marks:
                texts = (char + "".join(marks) for char in sorted(known.changed) if char.casefold().endswith(base))
                found += [Symbol(text, folded(text)) for text in texts if normal(text) == text]
        return found


def _pleasure(symbol: Symbol) -> tuple[int, int]:
    at = PLEASANT.find(symbol.char)
    return (at if at >= 0 else len(PLEASANT) + (not symbol.char.isprintable()), ord(symbol.char))


def _first(group: Ranges, starts: list[int], low: int, high: int, taken: set[str]) -> str | None:
    """The first printable character of a group between two code points that is not taken, else the first at all."""
    unprintable = None
    for i in range(max(0, bisect_left(starts, low) - 1), len(group)):
        first, last = group[i]
        if first > high:
            break
        for code in range(max(first, low), min(last, high) + 1):
            char = chr(code)
            if char not in taken:
                if char.isprintable():
                    return char
                unprintable = unprintable or char
                break
    return unprintable
