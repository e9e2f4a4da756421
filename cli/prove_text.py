"""What became of invariants as lines for people: a verdict each, and below a refuted one what goes against it."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from engine import NOTHING_LIES_HERE, PassedOver, Proof, ProofReport, against_in_words

_WIDTH: Final = 118
_WORDS: Final = {"proved": "proved", "witness": "refuted by a request", "unknown": "undecided"}


def lines_of(report: ProofReport) -> Iterator[str]:
    """The whole report, by versions, and its summary."""
    told: list[Proof | PassedOver] = [*report.proofs, *report.not_asked]
    for rulebook, version in dict.fromkeys((one.rulebook, one.version) for one in told):
        yield f"{rulebook} {version}"
        for proof in report.proofs:
            if (proof.rulebook, proof.version) == (rulebook, version):
                yield from _told(proof)
        for one in report.not_asked:
            if (one.rulebook, one.version) == (rulebook, version):
                yield f"  not asked  {one.invariant}: {one.why}"
    yield summary_of(report)


def summary_of(report: ProofReport) -> str:
    """One line: how many invariants of which verdict there are."""
    if not (report.proofs or report.not_asked):
        return NOTHING_LIES_HERE
    counts = {said: sum(proof.verdict == said for proof in report.proofs) for said in _WORDS}
    said = [f"{count} {_WORDS[said]}" for said, count in counts.items() if count]
    return ", ".join([*said, *([f"{len(report.not_asked)} not asked"] if report.not_asked else [])])


def _told(proof: Proof) -> Iterator[str]:
    empty = ", since no request is as it says" if proof.is_vacuous else ""
    yield f"  {proof.verdict:<9}  {proof.invariant}{empty}"
    where = f"{proof.file}:{proof.line}"
    if proof.why:
        yield f"    {where}: {proof.why}"
    if not proof.shown:
        return
    yield from wrap(f"{where}: {against_in_words(proof)}; such as", _WIDTH, initial_indent=" " * 4,
                    subsequent_indent=" " * 6, break_long_words=False, break_on_hyphens=False)  # fmt: skip
    for shown in proof.shown:
        yield ""
        yield from (f"      {line}" for line in shown.scenario.splitlines())
        yield ""
        for rule in shown.rules:
            part = f"{rule.stage} of `{rule.part}`" if rule.part else rule.stage
            place = f"`{rule.rule}` ({rule.file}:{rule.line})" if rule.line else "no rule, since none applies"
            yield f"      {part}: {place}"
