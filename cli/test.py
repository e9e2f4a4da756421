"""`deskpolicy test`: the scenarios beside rulebooks, with coverage of rules and clauses."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from engine import ScenarioReport, junit_xml, run_paths, scenario_report_json

from .scenario_reports import write_scenario_report
from .shell import FINDINGS
from .tables import draw_markdown, draw_text
from .terminal import fail, reason, write
from .watching import Watch, repeat

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Rulebooks, or folders of rulebooks; left out: `rules`."),
]
Matrix = Annotated[bool, typer.Option("--matrix", help="Also show which rules and scenarios carry out each clause.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write the results as JUnit XML.")]
Form = Annotated[
    Literal["text", "json", "markdown"],
    typer.Option("--format", help="A text for people, JSON for programs, or tables for documents."),
]


def test(  # named after its command
    paths: Paths = None,  # noqa: PT028
    matrix: Matrix = False,  # noqa: PT028
    junit: Junit = None,  # noqa: PT028
    watch: Watch = False,  # noqa: PT028
    format: Form = "text",  # noqa: PT028
) -> None:
    """Run the scenarios beside rulebooks: what is not as expected, and what no scenario reaches.

    Ends with 1 when a scenario fails, when less is covered than the rulebook asks for, or when a file has faults.
    """
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")

    def run() -> None:
        _run(chosen, matrix, junit, format)

    if watch:
        repeat(chosen, run)
    else:
        run()


def _run(paths: list[Path], matrix: bool, junit: Path | None, format: str) -> None:
    try:
        report = run_paths(paths)
        if junit is not None:
            junit.write_text(junit_xml(report), encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename or paths[0]}: {reason(error)}")
    _write(report, matrix, format)
    if not report.is_good:
        raise typer.Exit(FINDINGS)


def _write(report: ScenarioReport, matrix: bool, format: str) -> None:
    if format == "json":
        said = msgspec.json.encode(scenario_report_json(report, matrix=matrix))
        write(msgspec.json.format(said, indent=2).decode() + "\n")
    else:
        write_scenario_report(report, draw_text if format == "text" else draw_markdown, matrix=matrix)
