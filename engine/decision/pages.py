"""Functions of Python that are written out at run time: a page of source, and the function that it makes.

The source holds only names made here and by those who write, and numbers, never a text of a rulebook or a request; all
else is bound by name. A traceback shows its lines.
"""

import linecache
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Page:
    """Lines of source, and what their free names stand for."""

    lines: list[str] = field(default_factory=list)
    bound: dict[str, Any] = field(default_factory=dict)

    def bind(self, name: str, value: Any) -> str:
        """Let a name stand for a value; gives the name."""
        self.bound[name] = value
        return name

    def write(self, *lines: str) -> None:
        """Add lines to the function's body."""
        self.lines.extend(lines)


def build(title: str, page: Page, parameters: str) -> Callable[..., Any]:
    """The function whose body a page holds; `title` is what a traceback calls its file."""
    source, name = _source(page, parameters), f"<{title}, written out>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    made: dict[str, Any] = {}
    exec(compile(source, name, "exec"), made)
    function: Callable[..., Any] = made["build"](**page.bound)
    return function


def _source(page: Page, parameters: str) -> str:
    """The source of a function that makes the function, so that what it uses is bound as in any closure."""
    body = "".join(f"        {line}\n" for line in page.lines)
    return f"def build({', '.join(page.bound)}):\n    def written({parameters}):\n{body}    return written\n"
