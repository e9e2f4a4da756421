"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

Rules: TypeAlias = Annotated[Path, typer.Option("--rules", metavar="DIR", help="The folder of the rulebooks.")]
Format: TypeAlias = Annotated[
    Literal["text", "json"], typer.Option("--format", help="A text for people, or JSON for programs.")
]
