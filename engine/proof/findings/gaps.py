"""Gaps: requests that a stage leaves undecided which is meant to decide every one."""

from collections.abc import Iterator

from ...diagnostics import Diagnostic
from ..space import Holds, Settles, Unknown, Witness
from .study import STATED, Study, pasted

COMPLETE = ("classification", "priority", "sla", "assignment")
"""Stages that decide every ticket they have rules for. Admission is held to it by the reading; escalation, disclosures,
permissions and obligations may stay silent."""


def gaps(study: Study) -> Iterator[Diagnostic]:
    """At most two findings for a stage: requests that state all it asks about, and requests that do not."""
    for stage in COMPLETE:
        rows = study.rows(stage)
        if stage not in study.long and rows and all(row.when for row in rows):
            yield from _of_stage(study, stage)


def _of_stage(study: Study, stage: str) -> Iterator[Diagnostic]:
    space, open_end = study.space, Settles(stage, None)
    facts = dict.fromkeys(fact for row in study.rows(stage) for fact in row.when)
    stated = [space.literal(Holds(fact, STATED)) for fact in facts]
    earlier = [name for name in COMPLETE[: COMPLETE.index(stage)] if study.rows(name)]
    # Where an earlier stage is silent, it is told there; here it would be told again.
    settled = [-space.decided[0][name].none for name in earlier]
    absent = -space.clauses.all_of(stated)
    yield from _told(study, stage, open_end, stated, "gap")
    yield from _told(study, stage, open_end, [*settled, absent], "gap-where-absent")


def _told(study: Study, stage: str, open_end: Settles, assumed: list[int], code: str) -> Iterator[Diagnostic]:
    path = study.rows(stage)[-1].path
    verdict = study.ask(open_end, assumed)
    if isinstance(verdict, Unknown):
        yield study.undecided(f"`{stage}` decides every request", verdict, path)
    elif isinstance(verdict, Witness):
        box = study.like(stage, open_end, verdict)
        where = "a request that states all it asks about" if code == "gap" else "a request that leaves a fact out"
        yield study.warning(
            code,
            f"`{stage}` ends here and leaves undecided {where}: {box}",
            path,
            help=f"add `otherwise` to `{stage}`, or a rule for these; where it is meant, suppress this and say why",
            witness=pasted(f"{stage} leaves this undecided", verdict.seen[0], stage),
        )
