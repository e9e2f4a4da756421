"""Shows the report of a check to code hosts: as a SARIF log, and as workflow commands of GitHub Actions."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import quote

import msgspec

from engine import CODES, FINDING_CODES, PROOF_CODES, SCENARIO_CODES, VERDICT_CODES, CheckReport, Diagnostic, to_sarif

from .reports import summary
from .terminal import fail, reason, write

_IN_TEXT: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTY: Final = {**_IN_TEXT, ":": "%3A", ",": "%2C"}


def sarif_of(report: CheckReport, notes: Sequence[tuple[str, str, int]] = ()) -> bytes:
    """The report as a SARIF log, indented; addresses of files are relative to the working directory.

    `notes` are messages with a file and a line, on what was left out: notifications of the run, and no results.
    """
    from api import VERSION  # here, since few runs of a command need it

    root = Path.cwd()
    meanings = {**CODES, **SCENARIO_CODES, **FINDING_CODES, **PROOF_CODES, **VERDICT_CODES}
    log = to_sarif(
        report.diagnostics, report.sources, meanings, VERSION, lambda name: _uri(name, root), report.suppressed
    )
    if notes:
        log["runs"][0]["invocations"][0]["toolExecutionNotifications"] = [_notification(*note, root) for note in notes]
    return msgspec.json.format(msgspec.json.encode(log), indent=2) + b"\n"


def write_workflow_commands(report: CheckReport, said: str | None = None) -> None:
    """A line for each diagnostic, from which GitHub Actions makes an annotation, and a last one for the log.

    The last one is the summary of the report where nothing else is `said`.
    """
    for diagnostic in report.diagnostics:
        write(_command(diagnostic) + "\n")
    write((summary(report) if said is None else said) + "\n")


def save_sarif(log: bytes, file: Path) -> None:
    """Write a SARIF log to a file; one that cannot be written ends the command."""
    try:
        file.write_bytes(log)
    except OSError as error:
        fail(f"{file}: {reason(error)}")


def _notification(message: str, file: str, line: int, root: Path) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(file, root)}, "region": {"startLine": line}}
    return {"level": "note", "message": {"text": message}, "locations": [{"physicalLocation": place}]}


def _uri(name: str, root: Path) -> str:
    """The address of a file: relative where it lies below the root, else absolute."""
    whole = Path(name) if Path(name).is_absolute() else root / name
    whole = Path(*_without_dots(whole))
    return quote(whole.relative_to(root).as_posix()) if whole.is_relative_to(root) else whole.as_uri()


def _without_dots(path: Path) -> Iterator[str]:
    """The steps of an absolute path, each `..` taken back with the step before it."""
    steps: list[str] = []
    for step in path.parts:
        if step == ".." and len(steps) > 1:
            steps.pop()
        elif step != "..":
            steps.append(step)
    return iter(steps)


def _command(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    where = {"file": PurePosixPath(diagnostic.file).as_posix(), "line": span.line, "endLine": span.end_line}
    if span.end_line == span.line:
        where |= {"col": span.column, "endColumn": max(span.column, span.end_column - 1)}
    where["title"] = diagnostic.code
    parts = [diagnostic.message]
    parts += [f"see {other.file}:{other.span.line}: {other.message}" for other in diagnostic.related]
    parts += [f"help: {diagnostic.help}"] if diagnostic.help is not None else []
    parts += [f"witness:\n{diagnostic.witness}"] if diagnostic.witness is not None else []
    properties = ",".join(f"{name}={_escaped(str(value), _IN_PROPERTY)}" for name, value in where.items())
    said = _escaped("\n".join(parts), _IN_TEXT)
    return f"::{diagnostic.severity} {properties}::{said}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return re.sub("[%\r\n:,]", lambda found: table.get(found[0], found[0]), text)
