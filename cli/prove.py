"""`deskpolicy prove`: what rulebooks must always or never do, proved over every possible request."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
import typer

from engine import ProofReport, RulebookFaults, diagnosed, proof_junit_xml, prove_paths, report_json

from .annotations import sarif_of, save_sarif, write_workflow_commands
from .prove_text import lines_of, summary_of
from .reports import summary, write_report
from .shell import FINDINGS
from .terminal import fail, reason, write
from .watching import Watch, repeat

UNDECIDED: Final = 3
"""Exit code: nothing speaks against the rulebooks, and something could neither be proved nor refuted."""
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Rulebooks, folders of them, or files of invariants; left out: `rules`."),
]
Budget = Annotated[
    int, typer.Option("--budget", metavar="N", min=1, max=1000, help="Search N times as long before leaving it open.")
]
Sarif = Annotated[Path | None, typer.Option("--sarif", metavar="FILE", help="Also write what failed as SARIF.")]
Junit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Also write the verdicts as JUnit XML.")]
Form = Annotated[
    Literal["text", "json", "sarif", "github", "junit"],
    typer.Option("--format", help="A text for people, JSON for programs, annotations or cases for code hosts."),
]


def prove(
    paths: Paths = None,
    budget: Budget = 1,
    sarif: Sarif = None,
    junit: Junit = None,
    watch: Watch = False,
    format: Form = "text",
) -> None:
    """Prove what must always or never hold (`invariants.yaml`) over every possible request, or show one against it.

    Ends with 0 when everything is proved, 1 when a request goes against something, 3 when something stays undecided.
    """
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")

    def run() -> None:
        report = _proved(chosen, budget)
        _write(report, format, chosen[0])
        if sarif is not None:
            save_sarif(_sarif(report, chosen[0]), sarif)
        if junit is not None:
            _save_junit(report, junit)
        code = _code(report)
        if code:
            raise typer.Exit(code)

    if watch:
        repeat(chosen, run)
    else:
        run()


def _proved(paths: list[Path], budget: int) -> ProofReport:
    try:
        return prove_paths(paths, budget)
    except RulebookFaults as faults:
        return ProofReport((), (), faults.report)
    except OSError as error:
        fail(f"{error.filename or paths[0]}: {reason(error)}")


def _code(report: ProofReport) -> int:
    """What is wrong for sure goes before what stays open; where nothing was proved, that is a finding too."""
    if report.faults.diagnostics or "witness" in report.said or not report.proofs:
        return FINDINGS
    return UNDECIDED if "unknown" in report.said else 0


def _write(report: ProofReport, format: str, path: Path) -> None:
    if format == "json":
        write(msgspec.json.format(msgspec.json.encode(_as_json(report)), indent=2).decode() + "\n")
    elif format == "sarif":
        write(_sarif(report, path).decode())
    elif format == "junit":
        write(proof_junit_xml(report))
    elif format == "github":
        said = summary(report.faults) if report.faults.errors else summary_of(report)
        write_workflow_commands(diagnosed(report, path), said)
    elif report.faults.errors:
        write_report(report.faults)
    else:
        write("".join(f"{line}\n" for line in lines_of(report)))
        if report.faults.diagnostics:
            write("\n")
            write_report(report.faults)


def _sarif(report: ProofReport, path: Path) -> bytes:
    """What failed as results, and what was not asked as notes."""
    notes = [
        (f"not asked of {one.rulebook} {one.version}: {one.invariant}: {one.why}", one.file, one.line)
        for one in report.not_asked
    ]
    return sarif_of(diagnosed(report, path), notes)


def _save_junit(report: ProofReport, file: Path) -> None:
    try:
        file.write_text(proof_junit_xml(report), encoding="utf-8")
    except OSError as error:
        fail(f"{file}: {reason(error)}")


def _as_json(report: ProofReport) -> dict[str, Any]:
    return {
        "passed": _code(report) == 0,
        "faults": report_json(report.faults),
        "proofs": [asdict(proof) for proof in report.proofs],
        "not_asked": [asdict(one) for one in report.not_asked],
    }
