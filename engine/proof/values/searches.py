"""Searches for expressions as automata: sets of places in a tree (Thompson, 1968), with RE2's assertions."""

from collections.abc import Collection, Hashable, Iterable
from functools import lru_cache

from .automata import State
from .characters import Ranges, is_in
from .expressions import AT_BEGIN, AT_EDGE, AT_END, AT_LINE_BEGIN, AT_LINE_END, At, Choice, Node, OneOf, Row, parsed
from .undecided import Undecided

PLACES_LIMIT = 20_000
"""Places that the expressions of one test may have."""
KNOWN_LIMIT = 50_000
"""Steps that a search keeps for the next question."""
_BORDER, _WORD, _LINE, _OTHER = "border", "word", "line", "other"
_WORD_CHARS: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_LINE_END: Ranges = ((10, 10),)
_LONG: Ranges = ((0x80, 0x10FFFF),)
"""Characters of several bytes in UTF-8."""
_MATCHED = 0


class Search:
    """Whether one of some expressions is found in a text, without regard to case. Raises Undecided when made."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._sets: list[Ranges] = []
        self._set_ids: dict[Ranges, int] = {}
        self._reads: dict[int, tuple[int, int]] = {}
        self._moves: dict[int, list[tuple[str | None, int]]] = {_MATCHED: []}
        self._has_places = False
        first = [self._add(parsed(pattern), _MATCHED) for pattern in patterns]
        self._first = frozenset(first)
        self._bits: dict[str, int] = {}
        self._known: dict[tuple[State, str], State] = {}
        befores = (_WORD, _LINE, _OTHER) if self._has_places else (_OTHER,)
        self._is_anchored = not any(
            self._closed(self._first, before, after) for before in befores for after in (*befores, _BORDER)
        )
        # RE2 looks at bytes: between two of one character it sees no word on either side, which is enough for `\B`.
        self._is_found_within = _MATCHED in self._closed(self._first, _OTHER, _OTHER)
        self.start: Hashable = self._arrived(self._first, _BORDER)

    @property
    def sets(self) -> list[Ranges]:
        """The sets of characters that the search tells apart."""
        return [*self._sets, _WORD_CHARS, _LINE_END, _LONG] if self._has_places else list(self._sets)

    def _new(self, moves: list[tuple[str | None, int]]) -> int:
        place = len(self._moves) + len(self._reads)
        if place > PLACES_LIMIT:
            raise Undecided("an expression is too long for the proof")
        self._moves[place] = moves
        return place

    def _add(self, node: Node, then: int) -> int:
        """Adds the places of a node before the place `then`; gives the first of them."""
        if isinstance(node, OneOf):
            place = len(self._moves) + len(self._reads)
            if place > PLACES_LIMIT:
                raise Undecided("an expression is too long for the proof")
            self._reads[place] = (self._set_ids.setdefault(node.chars, len(self._set_ids)), then)
            if len(self._set_ids) > len(self._sets):
                self._sets.append(node.chars)
            return place
        if isinstance(node, At):
            self._has_places = self._has_places or node.place not in (AT_BEGIN, AT_END)
            return self._new([(node.place, then)])
        if isinstance(node, Row):
            for part in reversed(node.parts):
                then = self._add(part, then)
            return then
        if isinstance(node, Choice):
            return self._new([(None, self._add(part, then)) for part in node.parts])
        if node.most is None:
            again = self._new([(None, then)])
            self._moves[again].append((None, self._add(node.part, again)))
            then = again
        for _ in range((node.most or node.least) - node.least):
            then = self._new([(None, then), (None, self._add(node.part, then))])
        for _ in range(node.least):
            then = self._add(node.part, then)
        return then

    def _closed(self, places: Iterable[int], before: str, after: str | None) -> frozenset[int]:
        """The places reached without a character; with `after` None only those that hold whatever follows."""
        found: set[int] = set()
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                for condition, then in self._moves.get(place, ()):
                    if condition is None or _is_at(condition, before, after):
                        waiting.append(then)
        return frozenset(p for p in found if p in self._reads or p == _MATCHED)

    def _arrived(self, places: frozenset[int], before: str) -> State:
        if _MATCHED in self._closed(places, before, None):
            return True
        return (places, before)

    def _kind(self, char: str) -> str:
        if not self._has_places:
            return _OTHER
        return _LINE if char == "\n" else _WORD if is_in(_WORD_CHARS, (48, 65, 95, 97), ord(char)) else _OTHER

    def _bits_of(self, char: str) -> int:
        if char not in self._bits:
            code = ord(char)
            self._bits[char] = sum(
                any(low <= code <= high for low, high in ranges) << i for i, ranges in enumerate(self._sets)
            )
        return self._bits[char]

    def step(self, state: State, char: str) -> State:
        """The places after one more character; True once an expression is found, False where none can be."""
        key = (state, char)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KNOWN_LIMIT:
                self._known.clear()
            found = self._known[key] = self._next(state, char)
        return found

    def _next(self, state: State, char: str) -> State:
        places, before = state
        kind, bits = self._kind(char), self._bits_of(char)
        closed = self._closed(places, before, kind)
        if _MATCHED in closed or (_is_long(char) and self._is_found_within):
            return True
        reached = frozenset(then for s, then in (self._reads[p] for p in closed) if bits >> s & 1)
        if self._is_anchored:
            return self._arrived(reached, kind) if reached else False
        return self._arrived(reached | self._first, kind)

    def ends(self, state: State) -> bool:
        """Whether an expression is found in a text that ends here."""
        places, before = state
        return _MATCHED in self._closed(places, before, _BORDER)

    def live(self, state: State) -> Collection[str]:
        """Not told: searches are walked over all classes of characters."""
        raise NotImplementedError


def _is_at(place: str, before: str, after: str | None) -> bool:
    """Whether a place lies between two kinds of characters; `after` None: whatever follows."""
    if place == AT_BEGIN:
        return before == _BORDER
    if place == AT_LINE_BEGIN:
        return before in (_BORDER, _LINE)
    if after is None:
        return False
    if place == AT_END:
        return after == _BORDER
    if place == AT_LINE_END:
        return after in (_BORDER, _LINE)
    return ((before == _WORD) != (after == _WORD)) == (place == AT_EDGE)


@lru_cache(maxsize=1024)
def search_for(patterns: tuple[str, ...]) -> Search:
    """The automaton of a `matches` test. Raises Undecided."""
    return Search(patterns)


def _is_long(char: str) -> bool:
    return ord(char) >= _LONG[0][0]
