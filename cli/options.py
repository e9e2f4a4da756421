"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from engine import EngineName

Rules: TypeAlias = Annotated[Path, typer.Option("--rules", metavar="DIR", help="The folder of the rulebooks.")]
Engine: TypeAlias = Annotated[EngineName, typer.Option(help="What finds the rules that apply; `rete` is an extra.")]
Format: TypeAlias = Annotated[
    Literal["text", "json"], typer.Option("--format", help="A text for people, or JSON for programs.")
]
