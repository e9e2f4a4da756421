"""Rows of `unique` tables that overlap, looked at closely: which of them truly meet, and by which request.

The reading refuses rows that overlap as far as single facts tell. Facts hang together, so some of them may never meet.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ...decision import CheckReport, compile_rulebook, read_in_part
from ...diagnostics import Diagnostic, Source
from ..space import Applies, Unknown, Witness, every
from .study import LONG, Study, pasted

CODE = "overlapping-rows"
Place = tuple[int, int]


def exact_overlaps(report: CheckReport) -> CheckReport:
    """A report whose overlaps show a request and the rows that truly meet, or say that none do.

    Only of files that have no other errors: what a faulty rulebook means is not sure.
    """
    others = {fault.file for fault in report.errors if fault.code != CODE}
    files = {fault.file for fault in report.errors if fault.code == CODE} - others
    looked_at = {name: _Overlaps(report.sources[name]) for name in files if name in report.sources}
    return replace(report, diagnostics=sorted(_looked_at(report, looked_at)))


def _looked_at(report: CheckReport, files: Mapping[str, "_Overlaps"]) -> Iterator[Diagnostic]:
    for fault in report.diagnostics:
        yield files[fault.file].exact(fault) if fault.code == CODE and fault.file in files else fault


class _Overlaps:
    """A file whose `unique` tables overlap, read all the same."""

    def __init__(self, source: Source) -> None:
        _, rulebook = read_in_part(source.name, source.text.encode())
        self._study = Study(compile_rulebook(rulebook), source) if rulebook else None
        self._rows: dict[Place, tuple[str, int]] = {}
        for name, stage in rulebook.stages.items() if rulebook else ():
            for i, row in enumerate(stage.rows if len(stage.rows) <= LONG else ()):
                span = source.span(row.path, key=isinstance(row.path[-1], str))
                self._rows[span.line, span.column] = name, i

    def exact(self, fault: Diagnostic) -> Diagnostic:
        """The fault with what is known of it for sure."""
        place = self._rows.get((fault.span.line, fault.span.column))
        if self._study is None or place is None:
            return fault
        study, (stage, later) = self._study, place
        rows, meeting, shown, is_sure = study.rows(stage), [], None, True
        for i in range(later):
            if rows[i].path[1:2] == rows[later].path[1:2]:
                verdict = study.ask(every(Applies(stage, i), Applies(stage, later)), sparing=shown is None)
                is_sure &= not isinstance(verdict, Unknown)
                if isinstance(verdict, Witness):
                    meeting.append(rows[i])
                    shown = shown or verdict
        if shown is not None:
            name = f"{rows[later].id} and {meeting[0].id} both apply"
            related = tuple(study.related(meeting, "applies to the same request as this row"))
            return replace(fault, related=related, witness=pasted(name, shown.seen[0], stage))
        if is_sure:
            said = "no request matches it and another row, since their facts hang together; `hit: first` decides alike"
            return replace(fault, help=said)
        return fault
