"""`deskpolicy schemas`: the JSON Schemas of all files, for editors and other tools."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from .files import write_whole
from .terminal import fail, reason, write

SUFFIX: Final = ".schema.json"

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Where they are written.")]


def schemas(folder: Folder = Path("schemas")) -> None:
    """Write the JSON Schemas of rulebooks, scenarios, mappings and all other files; older ones are replaced.

    Files name them in their first line, so that editors can tell. Ends with 2 when they cannot be written.
    """
    held = sorted((file for file in files("schemas").iterdir() if file.name.endswith(SUFFIX)), key=lambda one: one.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in held:
            write_whole(folder / file.name, file.read_bytes())
    except OSError as error:
        fail(f"{error.filename or folder}: {reason(error)}")
    write("".join(f"wrote {folder / file.name}\n" for file in held))
