"""Shows the report of a check: for people with the faulty pieces underlined, for programs as JSON."""

import re
from collections import Counter
from pathlib import PurePath
from typing import Final

import msgspec
from rich.text import Text

from engine import CheckReport, render_report, report_json

from .terminal import write, write_error, write_styled

_STYLES: Final = (
    (re.compile(r"^\S.*?:\d+:\d+:", re.MULTILINE), "bold"),
    (re.compile(r"\[[a-z0-9-]+\]$", re.MULTILINE), "dim"),
    (re.compile(r"^ *\| +\^+$", re.MULTILINE), "red"),
    (re.compile(r"^ +(?:help|see): ", re.MULTILINE), "cyan"),
    (re.compile(r"^ +witness:$", re.MULTILINE), "cyan"),
)


def write_report(report: CheckReport) -> None:
    """The report for people, to standard output, with its summary line."""
    write_styled(_styled(_told(report)))


def write_report_error(report: CheckReport) -> None:
    """The same to standard error, for a command that needs rulebooks without faults."""
    write_error(_told(report))


def write_report_json(report: CheckReport) -> None:
    """The report for programs, to standard output: a list of diagnostics."""
    write(msgspec.json.format(msgspec.json.encode(report_json(report)), indent=2).decode() + "\n")


def has_errors(report: CheckReport) -> bool:
    """Whether the rulebooks cannot be used as they are; warnings alone do not keep them from it."""
    return any(diagnostic.severity == "error" for diagnostic in report.diagnostics)


def summary(report: CheckReport) -> str:
    """One line: how much was checked, and what was found."""
    found = Counter(diagnostic.severity for diagnostic in report.diagnostics)
    rulebooks = len({path.parent for path in map(PurePath, report.files) if path.name != "invariants.yaml"})
    counts = [_count(found[severity], severity) for severity in ("error", "warning") if found[severity]]
    checked = ", ".join([_count(rulebooks, "rulebook")] * bool(rulebooks) + [_count(len(report.files), "file")])
    hidden = f", {len(report.suppressed):,} suppressed" if report.suppressed else ""
    return f"{checked}: {', '.join(counts) or 'no faults'}{hidden}"


def _told(report: CheckReport) -> str:
    faults = render_report(report)
    return f"{faults}\n{summary(report)}" if faults else summary(report)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _styled(text: str) -> Text:
    styled = Text(text)
    for pattern, style in _STYLES:
        for match in pattern.finditer(text):
            styled.stylize(style, match.start(), match.end())
    return styled
