"""Automata of single tests on texts, built as they are walked: each reads a text and tells whether its test holds.

A state is True or False as soon as nothing that follows can change the answer; else `ends` tells the answer if the
text ended there. Which characters of the text they read (its own or the folded ones) is for the caller to know.
"""

import unicodedata
from collections import deque
from collections.abc import Collection, Hashable
from functools import cached_property
from typing import Any, Protocol

from ...facts import normal
from .characters import is_word

State = Any
"""True, False, or whatever the automaton remembers (hashable)."""


class Automaton(Protocol):
    """What a search needs of a test."""

    start: Hashable

    def step(self, state: State, char: str) -> State:
        """The state after one more character."""
        ...

    def ends(self, state: State) -> bool:
        """Whether the test holds for a text that ends here."""
        ...

    def live(self, state: State) -> Collection[str]:
        """The characters that do not do here what every unnamed character of their kind (word or sign) does."""
        ...


class _Trie:
    """Texts by their common beginnings, with the links of Aho and Corasick (1975) from each node to the longest
    proper ending of it that is a beginning too."""

    def __init__(self, texts: Collection[str]) -> None:
        self.children: list[dict[str, int]] = [{}]
        self.is_whole = [False]
        for text in texts:
            node = 0
            for char in text:
                if char not in self.children[node]:
                    self.children[node][char] = len(self.children)
                    self.children.append({})
                    self.is_whole.append(False)
                node = self.children[node][char]
            self.is_whole[node] = True

    @cached_property
    def links(self) -> list[int]:
        """The link of each node; the root's is itself."""
        links = [0] * len(self.children)
        waiting = deque(self.children[0].values())
        while waiting:
            node = waiting.popleft()
            for char, child in self.children[node].items():
                links[child] = self.follow(links, links[node], char)
                waiting.append(child)
        return links

    def follow(self, links: list[int], node: int, char: str) -> int:
        """The longest ending, with `char` added, that is a beginning."""
        while char not in self.children[node]:
            if node == 0:
                return 0
            node = links[node]
        return self.children[node][char]

    def endings(self, node: int) -> list[int]:
        """The node and all those that its links lead to, the root last."""
        found = [node]
        while node:
            node = self.links[node]
            found.append(node)
        return found


class Contains:
    """Whether one of some parts occurs; with `at_end`, whether the text ends with one."""

    def __init__(self, parts: Collection[str], at_end: bool = False) -> None:
        self._trie = _Trie(parts)
        self._at_end = at_end
        self._done = [any(self._trie.is_whole[n] for n in self._trie.endings(i)) for i in range(len(self._trie.links))]
        self.start: Hashable = True if self._done[0] else 0

    def step(self, state: State, char: str) -> State:
        """The longest beginning of a part that the text now ends with."""
        node = self._trie.follow(self._trie.links, state, char)
        return True if self._done[node] and not self._at_end else node

    def ends(self, state: State) -> bool:
        """Whether a part ends here."""
        return self._done[state]

    def live(self, state: State) -> Collection[str]:
        """The characters with which a part goes on or begins."""
        return {char for node in self._trie.endings(state) for char in self._trie.children[node]}


class Begins:
    """Whether the text begins with one of some texts."""

    def __init__(self, texts: Collection[str]) -> None:
        self._trie = _Trie(texts)
        self.start: Hashable = True if self._trie.is_whole[0] else 0

    def step(self, state: State, char: str) -> State:
        """The node, until a text is whole or none can be."""
        node = self._trie.children[state].get(char)
        return False if node is None else True if self._trie.is_whole[node] else node

    def ends(self, state: State) -> bool:
        """Never: a text that is whole is seen at once."""
        return False

    def live(self, state: State) -> Collection[str]:
        """The characters with which a text goes on."""
        return self._trie.children[state].keys()


_INSIDE = -1


class HasWord:
    """Whether one of some words occurs as a whole word (see `words`)."""

    def __init__(self, words: Collection[str]) -> None:
        self._trie = _Trie(words)
        self.start: Hashable = 0

    def step(self, state: State, char: str) -> State:
        """The node in the current word; `_INSIDE` a word that is none of them."""
        if not is_word(char):
            return True if self.ends(state) else 0
        return _INSIDE if state == _INSIDE else self._trie.children[state].get(char, _INSIDE)

    def ends(self, state: State) -> bool:
        """Whether the word that ends here is one of them."""
        return state != _INSIDE and self._trie.is_whole[state]

    def live(self, state: State) -> Collection[str]:
        """The characters with which a word goes on or begins."""
        return () if state == _INSIDE else self._trie.children[state].keys()


class IsText:
    """Whether the whole text is one of some texts."""

    def __init__(self, texts: Collection[str]) -> None:
        self._trie = _Trie(texts)
        self.start: Hashable = 0

    def step(self, state: State, char: str) -> State:
        """The node, until none of the texts can be meant."""
        return self._trie.children[state].get(char, False)

    def ends(self, state: State) -> bool:
        """Whether a text is whole here."""
        return self._trie.is_whole[state]

    def live(self, state: State) -> Collection[str]:
        """The characters with which a text goes on."""
        return self._trie.children[state].keys()


class IsComposed:
    """Whether a text is composed (NFC), as far as `marks` go, the named characters that may combine with others.

    Exact for named characters: NFC is closed under substrings (UAX 15, section 9). An unnamed one never fails here.
    """

    def __init__(self, marks: Collection[str], named: Collection[str]) -> None:
        self._marks = frozenset(marks)
        self._named = frozenset(named)
        self.start: Hashable = ("", "")

    def step(self, state: State, char: str) -> State:
        """The last letter that marks combine with, and the last mark after it."""
        letter, mark = state
        if char not in self._marks:
            return (char, "") if char in self._named else ("", "")
        text = letter + mark + char
        if normal(text) != text:
            return False
        return (letter, char) if unicodedata.combining(char) else (char, "")

    def ends(self, state: State) -> bool:
        """Whether all that was read is composed."""
        return True

    def live(self, state: State) -> Collection[str]:
        """All named characters: what follows may combine with them."""
        return self._marks | self._named
