"""Writes to the terminal, or to whatever stands in its place. Knows nothing of commands."""

import os
import re
import sys
from typing import Final, Never

import msgspec
import typer
from rich.console import Console
from rich.highlighter import JSONHighlighter
from rich.text import Text

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class ReaderGone(Exception):
    """Whoever read the output has closed it, as `head` does; there is nothing left to do."""


def write(text: str) -> None:
    """Text to standard output; characters that its encoding lacks are escaped."""
    write_bytes(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))


def write_bytes(raw: bytes) -> None:
    """Bytes to standard output, just as they are."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise ReaderGone from None


def write_styled(text: Text) -> None:
    """A text to standard output: with its styles on a terminal, plain elsewhere and when `NO_COLOR` is set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        write(text.plain + "\n")
        return
    console = Console()
    with console.capture() as styled:
        console.print(text, soft_wrap=True)
    write(styled.get())


def write_json(raw: bytes) -> None:
    """Compact JSON to standard output with a line feed: the same bytes, or on a terminal indented and coloured."""
    if sys.stdout.isatty():
        write_styled(JSONHighlighter()(Text(msgspec.json.format(raw, indent=2).decode())))
    else:
        write_bytes(raw + b"\n")


def write_error(text: str) -> None:
    """Lines of text to standard error."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it


def complain(message: str) -> None:
    """One line to standard error; control characters of whatever it quotes are made visible."""
    line = _CONTROLS.sub(lambda found: f"\\x{ord(found.group()):02x}", message)
    write_error(f"deskpolicy: {line}")


def reason(error: OSError) -> str:
    """Why the system refused, in its own words."""
    words = error.strerror or str(error)
    return words[:1].lower() + words[1:]


def fail(message: str, code: int = 2) -> Never:
    """Complain, and end the command with this exit code."""
    complain(message)
    raise typer.Exit(code)


def discard_output() -> None:
    """Send what is still to be written nowhere, so that closing a broken standard output does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
