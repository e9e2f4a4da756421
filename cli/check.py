"""`deskpolicy check`: every fault of rulebooks, with its place and what to do."""

from pathlib import Path
from typing import Annotated

import typer

from engine import check_paths

from .options import Format
from .reports import has_errors, write_report, write_report_json
from .shell import FINDINGS
from .terminal import fail, reason

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]...", help="Rulebooks, or folders of rulebooks; left out: `rules`."),
]


def check(paths: Paths = None, format: Format = "text") -> None:
    """Tell every fault of rulebooks: where it stands, what is wrong, what to do.

    Ends with 0 when there is no error (warnings may remain), with 1 when there is one.
    """
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")
    try:
        report = check_paths(chosen)
    except OSError as error:
        fail(f"{error.filename or chosen[0]}: {reason(error)}")
    if format == "json":
        write_report_json(report)
    else:
        write_report(report)
    if has_errors(report):
        raise typer.Exit(FINDINGS)
