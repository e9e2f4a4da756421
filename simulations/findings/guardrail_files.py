"""Files of guardrails: YAML, a figure and its limit on each line, every fault told at its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine import CheckReport, Diagnostic, Source, read_source, render_report

from .guardrails import BadGuardrail, Guardrail, guardrail_of


class GuardrailFaults(Exception):
    """A file of guardrails that cannot be used; ``diagnostics`` say why, each at its place in ``source``."""

    def __init__(self, diagnostics: list[Diagnostic], source: Source | None) -> None:
        super().__init__(f"{len(diagnostics)} faults in the guardrails")
        self.diagnostics = diagnostics
        self.source = source

    def report(self) -> str:
        """The faults for people, each with its line underlined."""
        sources = {self.source.name: self.source} if self.source is not None else {}
        return render_report(CheckReport(list(sources), self.diagnostics, sources)).rstrip("\n")


def read_guardrails(path: Path) -> tuple[Guardrail, ...]:
    """The guardrails of a file, in its order.

    Raises:
        GuardrailFaults: with every fault.
        OSError: when the file cannot be read.
    """
    source, faults = read_source(str(path), path.read_bytes())
    found: list[Guardrail] = []
    if source is not None and not faults:
        for read in _read(source):
            if isinstance(read, Guardrail):
                found.append(read)
            else:
                faults.append(read)
    if faults:
        raise GuardrailFaults(sorted(faults), source)
    return tuple(found)


def _read(source: Source) -> Iterator[Guardrail | Diagnostic]:
    data = source.data
    for key in data if isinstance(data, dict) else ():
        if key != "guardrails":
            yield source.fault("unknown-key", f"unknown key `{key}`", (key,), key=True, help="take it out")
    said = data.get("guardrails") if isinstance(data, dict) else None
    if not isinstance(said, dict) or not said:
        help = "write `guardrails:` and under it lines such as `breach_rate.P1: no worse than +0.5 points`"
        yield source.fault("missing-key", "no guardrails are named", (), help=help)
        return
    for figure, limits in said.items():
        listed = isinstance(limits, list)
        for at, limit in enumerate(limits if listed else [limits]):
            place = ("guardrails", figure, at) if listed else ("guardrails", figure)
            try:
                # `none` is a text in YAML; a bare number is none of the limits.
                yield guardrail_of(figure, str(limit))
            except BadGuardrail as bad:
                yield source.fault("bad-guardrail", str(bad), place)
