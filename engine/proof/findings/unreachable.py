"""Rules that never fire, and why: what they ask contradicts itself, is never given, or others come before them."""

from collections.abc import Iterator, Sequence

from ...diagnostics import Diagnostic
from ...rulebook import stage_of_result
from ...tables import Condition
from ..space import Applies, Holds, Proved, Unknown, Witness
from .study import Study, listed, named, pasted


def never_fires(study: Study) -> Iterator[Diagnostic]:
    """A finding for each rule that settles no request (or applies to none, where every rule speaks)."""
    for stage in reversed(study.stages):  # a request that reaches a late rule shows earlier stages at work too
        for i, row in enumerate(study.rows(stage)):
            verdict = study.reached(stage, i)
            if isinstance(verdict, Unknown):
                yield study.undecided(f"`{row.id}` ever fires", verdict, row.path)
            elif isinstance(verdict, Proved):
                yield _explained(study, stage, i)


def _explained(study: Study, stage: str, i: int) -> Diagnostic:
    return unreached(study, stage, i) or _covered(study, stage, i)


def unreached(study: Study, stage: str, i: int) -> Diagnostic | None:
    """That no request is as a rule asks, or that its stage is never reached by one; None: there are such requests."""
    space, row = study.space_of(stage), study.rows(stage)[i]
    conditions = {space.literal(Holds(*pair)): pair for pair in row.when.items()}
    can_hold = space.clauses.can_hold
    if not can_hold(list(conditions)):
        pairs = [conditions[literal] for literal in space.clauses.smallest(list(conditions))]
        return _contradicting(study, stage, i, pairs)
    if not can_hold([*conditions, space.decided[0][stage].runs]):
        return _refused(study, stage, i, list(conditions))
    return None


def _contradicting(study: Study, stage: str, i: int, pairs: Sequence[tuple[str, Condition]]) -> Diagnostic:
    row = study.rows(stage)[i]
    words = listed([study.condition(stage, *pair) for pair in pairs])
    results = [stage_of_result(fact) for fact, _ in pairs]
    sources = listed([f"`{name}`" for name in dict.fromkeys(results) if name])
    if not any(results):
        why = f"nothing is as it asks, {words}" if len(pairs) == 1 else f"its conditions contradict each other: {words}"
        help = "correct its conditions, or delete it"
    elif len(pairs) == 1:
        why, help = f"{sources} never gives what it asks: {words}", f"correct the condition, or let {sources} give it"
    else:
        why, help = f"what {sources} gives never comes with the rest: {words}", "correct its conditions, or delete it"
    return study.warning("never-fires", f"`{row.id}` never fires: {why}", row.path, help=help)


def _refused(study: Study, stage: str, i: int, conditions: list[int]) -> Diagnostic:
    space, row = study.space_of(stage), study.rows(stage)[i]
    admission = space.decided[0]["admission"]
    rows = study.rows("admission")
    refusals = {-lit: row for lit, row in zip(admission.settles, rows, strict=True) if not _accepts(row.outcome)}
    blamed = [refusals[lit] for lit in space.clauses.smallest(list(refusals), conditions)]
    return study.warning(
        "never-fires",
        f"`{row.id}` never fires: admission refuses every ticket that it is meant for, by {named(blamed)}",
        row.path,
        help="accept such tickets, or delete it",
        related=study.related(blamed, "such tickets are refused here"),
    )


def _accepts(outcome: object) -> bool:
    parts = outcome.values["outcome"].parts  # type: ignore[attr-defined]
    return bool(parts == ("accept",))


def _covered(study: Study, stage: str, i: int) -> Diagnostic:
    rows, decided = study.rows(stage), study.space.decided[0][stage]
    earlier = {-decided.applies[k]: rows[k] for k in range(i)}
    covering = [earlier[lit] for lit in study.space.clauses.smallest(list(earlier), [decided.applies[i]])]
    take = "come first and together take" if len(covering) > 1 else "comes first and takes"
    verdict = study.ask(Applies(stage, i))
    witness = None
    if isinstance(verdict, Witness):
        witness = pasted(f"{rows[i].id} would apply here", verdict.seen[0], stage)
    return study.warning(
        "never-fires",
        f"`{rows[i].id}` never fires: {named(covering)} {take} every request that it is for",
        rows[i].path,
        help="move it up, narrow what stands before it, or delete it",
        related=study.related(covering, "comes before it"),
        witness=witness,
    )
