"""Reads what a command is given to work on."""

import sys
from typing import TYPE_CHECKING, NoReturn

import typer

from .shell import WRONG_USE
from .terminal import complain, fail, reason

if TYPE_CHECKING:
    from api import Problem


def read_input(file: str, limit: int) -> bytes:
    """The bytes of a file, or of standard input for `-`; ends the command when they cannot be had.

    `limit` is in bytes: what the service would refuse for its size, the commands refuse too.
    """
    try:
        if file == "-":
            raw = sys.stdin.buffer.read(limit + 1)
        else:
            with open(file, "rb") as opened:
                raw = opened.read(limit + 1)
    except OSError as error:
        fail(f"{file}: {reason(error)}")
    except ValueError:
        fail(f"{file!r}: not the name of a file")
    if len(raw) > limit:
        fail(f"{file}: a request may have {limit:,} bytes at most")
    return raw


def refuse(file: str, problem: "Problem") -> NoReturn:
    """End the command over a request that does not fit, with a line for each of its faults."""
    source = "standard input" if file == "-" else file
    for fault in problem.errors or [{"pointer": "", "message": problem.detail}]:
        place = f"{fault['pointer']}: " if fault["pointer"] else ""
        complain(f"{source}: {place}{fault['message']}")
    raise typer.Exit(WRONG_USE)
