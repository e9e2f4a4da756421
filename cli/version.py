"""`deskpolicy version` and `deskpolicy --version`."""

from typing import Annotated

import msgspec
import typer

from .options import Format
from .terminal import write


def version(format: Format = "text") -> None:
    """Tell which release this is."""
    from api import VERSION  # here, since it takes longer to import than most commands run

    write(f"deskpolicy {VERSION}\n" if format == "text" else msgspec.json.encode({"version": VERSION}).decode() + "\n")


def _answer(wanted: bool) -> None:
    if wanted:
        version()
        raise typer.Exit


def take_options(
    version: Annotated[
        bool, typer.Option("--version", callback=_answer, is_eager=True, help="Tell which release this is, and end.")
    ] = False,
) -> None:
    """The options that stand before the name of a command."""
