"""The whole answer around the parts of a decision: which rulebook answers, and of which instant. As data or as JSON."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from ..facts import format_instant
from ..stages import AS_DATA, Rendering
from .pages import Page

Parts = Mapping[str, Any]
"""The parts of a decision by stage, in the order of the stages, as the rendering hands them out."""


class Answers(Protocol):
    """The answers of one version in one rendering."""

    is_copied: bool
    """Whether what the rendering keeps of a part is called for a copy of it, and not handed out itself."""

    def whole(self, at: int, parts: Parts) -> Any:
        """The answer with these parts."""
        ...

    def write(self, page: Page, parts: Mapping[str, str]) -> None:
        """Write a line that returns the same on a page that knows `at`; `parts` are the expressions of the parts."""
        ...


def answers_of(head: dict[str, Any], rendering: Rendering) -> Answers:
    """The answers of the version that `head` names."""
    return _DataAnswers(head) if rendering is AS_DATA else _JsonAnswers(rendering.made(head))


class _DataAnswers:
    """Dictionaries, which are the caller's own."""

    __slots__ = ("_head",)
    is_copied = True

    def __init__(self, head: dict[str, Any]) -> None:
        self._head = head

    def whole(self, at: int, parts: Parts) -> dict[str, Any]:
        """The answer with these parts, which it takes over."""
        return {"rulebook": self._head.copy(), "at": format_instant(at), "decision": parts}

    def write(self, page: Page, parts: Mapping[str, str]) -> None:
        """The same on a page."""
        head, show = page.bind("copy_head", self._head.copy), page.bind("show", format_instant)
        decision = ", ".join(f'"{stage}": {part}' for stage, part in parts.items())
        page.write(f'return {{"rulebook": {head}(), "at": {show}(at), "decision": {{{decision}}}}}')


_AT: Final = b'","decision":{'


class _JsonAnswers:
    """Bytes of compact JSON."""

    __slots__ = ("_opening",)
    is_copied = False

    def __init__(self, head: bytes) -> None:
        self._opening = b'{"rulebook":%b,"at":"' % head

    def whole(self, at: int, parts: Parts) -> bytes:
        """The answer with these parts."""
        said = b",".join([b'"%b":%b' % (stage.encode(), part) for stage, part in parts.items()])
        return b"%b%b%b%b}}" % (self._opening, format_instant(at).encode(), _AT, said)

    def write(self, page: Page, parts: Mapping[str, str]) -> None:
        """The same on a page."""
        pieces = [page.bind("opening", self._opening), f"{page.bind('show', format_instant)}(at).encode()"]
        before = _AT
        for stage, part in parts.items():
            pieces += [page.bind(f"before_{stage}", b'%b"%b":' % (before, stage.encode())), part]
            before = b","
        pieces.append(page.bind("closing", b"}}" if parts else _AT + b"}}"))
        page.write(f"return {page.bind('join', b''.join)}(({', '.join(pieces)}))")
