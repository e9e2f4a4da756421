"""`deskpolicy report`: makes the report of a finished replay anew, also in another language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, TypeAlias

import typer

from .files import write_whole
from .terminal import fail, reason, write

SUMMARY: Final = "summary.json"
REPORT: Final = "report.html"

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="What `deskpolicy replay --out DIR` wrote.")]
ReportLanguage: TypeAlias = Literal["en", "ru", "pl"]
Language = Annotated[ReportLanguage, typer.Option(help="English, Russian or Polish.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Left out: `report.html` in the folder.")]


def report(folder: Folder, language: Language = "en", out: Out = None) -> None:
    """Writes the report of a finished replay anew: one HTML file that needs no network.

    Made of `summary.json` alone; the same bytes for the same summary and language. Tells where it was written.
    """
    try:
        written = write_report(folder, language, out)
    except OSError as error:
        fail(f"{error.filename or folder}: {reason(error)}")
    write(f"{written}\n")


def write_report(folder: Path, language: ReportLanguage = "en", out: Path | None = None) -> Path:
    """Write the report of a replay's folder, all or nothing; gives its path. A faulty summary ends the command.

    Raises:
        OSError: when the summary cannot be read or the report cannot be written.
    """
    # Imported here, as it takes longer than most commands run.
    from simulations.report import UnreadableSummary, report_html

    summary, path = folder / SUMMARY, out or folder / REPORT
    try:
        page = report_html(summary.read_bytes(), language)
    except UnreadableSummary as unreadable:
        fail(f"{summary}: {unreadable}")
    write_whole(path, page)
    return path
