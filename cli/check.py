"""`deskpolicy check`: every fault of rulebooks and of what lies beside them, with its place and what to do."""

from pathlib import Path
from typing import Annotated

import typer

from engine import check_rules

from .assumptions import write_assumptions, write_assumptions_json
from .options import Format
from .reports import has_errors, write_report, write_report_json
from .shell import FINDINGS
from .terminal import fail, reason
from .watching import Watch, repeat

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Rulebooks, or folders of rulebooks; left out: `rules`."),
]
Assumptions = Annotated[
    bool, typer.Option("--assumptions", help="Also list what is assumed because the procedure leaves it open.")
]


def check(paths: Paths = None, assumptions: Assumptions = False, watch: Watch = False, format: Format = "text") -> None:
    """Tell every fault of rulebooks, clauses and scenarios: where it stands, what is wrong, what to do.

    Ends with 0 when there is no error (warnings may remain), with 1 when there is one.
    """
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")

    def run() -> None:
        _run(chosen, assumptions, format)

    if watch:
        repeat(chosen, run)
    else:
        run()


def _run(paths: list[Path], assumptions: bool, format: str) -> None:
    try:
        report = check_rules(paths)
    except OSError as error:
        fail(f"{error.filename or paths[0]}: {reason(error)}")
    if format == "json" and assumptions:
        write_assumptions_json(report)
    elif format == "json":
        write_report_json(report)
    else:
        if assumptions:
            write_assumptions(report)
        write_report(report)
    if has_errors(report):
        raise typer.Exit(FINDINGS)
