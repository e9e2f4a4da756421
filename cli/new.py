"""`deskpolicy new`: a first rulebook to start from."""

from pathlib import Path
from typing import Annotated

import typer

from engine import CannotScaffold, scaffold

from .options import Rules
from .terminal import fail, reason, write

Id = Annotated[str, typer.Argument(metavar="ID", help="Its id: lower-case words joined by hyphens.")]
Language = Annotated[str, typer.Option(metavar="CODE", help="The language of the procedure behind it.")]


def new(id: Id, language: Language = "en", rules: Rules = Path("rules")) -> None:
    """Write a small rulebook to start from, with its clauses and with scenarios that pass.

    Ends with 2, and writes nothing, when a rulebook of that name is there already.
    """
    try:
        files = scaffold(id, language)
    except CannotScaffold as error:
        fail(str(error))
    folder = rules / id
    try:
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except FileExistsError:
        fail(f"{folder}: is there already, and nothing is overwritten")
    except OSError as error:
        fail(f"{error.filename or folder}: {reason(error)}")
    write("".join(f"wrote {folder / name}\n" for name in files))
    schemas = rules.parent / "schemas"
    if not schemas.is_dir():
        where = "" if schemas == Path("schemas") else f" {schemas}"
        write(f"the schemas that these files name, for editors: deskpolicy schemas{where}\n")
    write(f"now try: deskpolicy test --watch {folder}\n")
