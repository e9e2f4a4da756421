"""`deskpolicy check`: every fault of rulebooks and of what lies beside them, and what they can hardly mean."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

import typer

from engine import (
    CODES,
    FINDING_CODES,
    PROOF_CODES,
    SCENARIO_CODES,
    SUPPRESSIBLE,
    CheckReport,
    apply_suppressions,
    check_meaning,
)

from .annotations import sarif_of, save_sarif, write_workflow_commands
from .assumptions import write_assumptions, write_assumptions_json
from .reports import has_errors, write_report, write_report_json
from .shell import FINDINGS
from .terminal import fail, reason, write
from .watching import Watch, repeat

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Rulebooks, or folders of rulebooks; left out: `rules`."),
]
Assumptions = Annotated[
    bool, typer.Option("--assumptions", help="Also list what is assumed because the procedure leaves it open.")
]


Sarif = Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Also write what is found as SARIF.")]
FailOn = Annotated[
    Literal["error", "warning"], typer.Option("--fail-on", help="What makes the command end with 1: errors, or any.")
]
Form = Annotated[
    Literal["text", "json", "sarif", "github"],
    typer.Option("--format", help="A text for people, JSON for programs, or annotations for code hosts."),
]


def check(
    paths: Paths = None,
    assumptions: Assumptions = False,
    sarif: Sarif = None,
    fail_on: FailOn = "error",
    watch: Watch = False,
    format: Form = "text",
) -> None:
    """Tell every fault of rulebooks, clauses and scenarios, and every finding: rules that never fire, gaps and others.

    Ends with 0 when there is no error (warnings may remain), with 1 when there is one.
    """
    if assumptions and format not in ("text", "json"):
        fail(f"--assumptions are told as text or json, not as {format}")
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")

    def run() -> None:
        report = _found(chosen)
        _write(report, assumptions, format)
        if sarif is not None:
            save_sarif(sarif_of(report), sarif)
        if has_errors(report) or (fail_on == "warning" and report.diagnostics):
            raise typer.Exit(FINDINGS)

    if watch:
        repeat(chosen, run)
    else:
        run()


def found_in(paths: Sequence[Path], unsaved: Mapping[Path, bytes] = MappingProxyType({})) -> CheckReport:
    """All that is found, less what the rulebooks suppress: that comes last, since it must have seen everything.

    Of files that are `unsaved` in an editor, the bytes there count. Raises OSError where a folder cannot be read.
    """
    known = {*CODES, *SCENARIO_CODES, *FINDING_CODES, *PROOF_CODES}
    return apply_suppressions(check_meaning(paths, unsaved), known, SUPPRESSIBLE | FINDING_CODES.keys())


def _found(paths: list[Path]) -> CheckReport:
    try:
        return found_in(paths)
    except OSError as error:
        fail(f"{error.filename or paths[0]}: {reason(error)}")


def _write(report: CheckReport, assumptions: bool, format: str) -> None:
    if format == "sarif":
        write(sarif_of(report).decode())
    elif format == "github":
        write_workflow_commands(report)
    elif format == "json" and assumptions:
        write_assumptions_json(report)
    elif format == "json":
        write_report_json(report)
    else:
        if assumptions:
            write_assumptions(report)
        write_report(report)
