"""Shows what rulebooks assume because the written procedure leaves it open."""

import msgspec

from engine import Assumption, CheckReport, assumptions_of, report_json

from .terminal import write


def write_assumptions(report: CheckReport) -> None:
    """A line for each assumed rule and calendar, to standard output."""
    found = assumptions_of(report)
    for assumption in found:
        write(_line(assumption) + "\n")
    write(f"{len(found):,} assumption{'' if len(found) == 1 else 's'}\n\n")


def write_assumptions_json(report: CheckReport) -> None:
    """The faults and the assumptions for programs, to standard output."""
    said = {"diagnostics": report_json(report), "assumptions": [_plain(found) for found in assumptions_of(report)]}
    write(msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n")


def _line(found: Assumption) -> str:
    texts = found.because or {}
    because = texts.get("en") or next(iter(texts.values()), "")
    cites = f" (clauses {', '.join(found.cites)})" if found.cites else ""
    results = f", {' and '.join(found.results)}" if found.results else ""
    return f"{found.file}:{found.line}: {found.kind}: {found.name}{results}{cites}" + (
        f": {because}" if because else ""
    )


def _plain(found: Assumption) -> dict[str, object]:
    because = None if found.because is None else dict(found.because)
    place = {"file": found.file, "line": found.line}
    return {
        **place,
        "kind": found.kind,
        "name": found.name,
        "results": list(found.results),
        "cites": list(found.cites),
        "because": because,
    }
