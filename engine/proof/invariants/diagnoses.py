"""What became of invariants as diagnostics and as JUnit's XML, for editors, code hosts and build servers.

Knows the verdicts; asks nothing itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ...decision import CheckReport, file_fault
from ...diagnostics import Diagnostic, Related, Source, Span
from ...scenarios import Case, suites_xml
from .proving import PassedOver, Proof, ProofReport, Responsible

NOTHING_LIES_HERE = "no invariants lie here; they are written in `invariants.yaml`, beside a rulebook or in the root"


def against_in_words(proof: Proof) -> str:
    """Which requests go against an invariant of which one was shown."""
    owners = {None: "", 1: " of the higher one", 2: " of the lower one"}
    parts = [f"`{part['fact']}`{owners[part['request']]} {part['words']}" for part in proof.box]
    which = "every" if proof.certainty == "every" else "some"
    what = f"{which} pair of requests" if len(proof.shown) > 1 else f"{which} request"
    if proof.certainty == "some":
        what = what.replace("pair", "pairs", 1) if len(proof.shown) > 1 else f"{what}s"
    goes = "goes" if proof.certainty == "every" else "go"
    return f"against it {goes} {what}" + (f" in which {', '.join(parts)}" if parts else "")


def diagnosed(report: ProofReport, path: Path) -> CheckReport:
    """The faults of a report, and what its proofs failed by, at the invariants.

    An invariant that a request goes against is an error, one that stays undecided a warning. Where nothing was asked
    and no file has a fault, that is an error at `path`, which is where invariants were looked for.
    """
    faults, sources = report.faults, report.faults.sources
    found = [one for proof in report.proofs for one in _of_proof(proof, sources)]
    if not (report.proofs or faults.diagnostics):
        said = "no version knows what the invariants speak of" if report.not_asked else "no invariants lie here"
        found.append(file_fault("no-invariants", said, path, "write some in `invariants.yaml`"))
    return replace(faults, diagnostics=sorted([*faults.diagnostics, *found]))


def proof_junit_xml(report: ProofReport) -> str:
    """A report in JUnit's XML: a suite for each version, a case for each invariant.

    What a request goes against has failed, what stays undecided is an error, what was not asked is skipped, and faults
    of files are a suite of their own: it is red exactly when the command fails.
    """
    told: list[Proof | PassedOver] = [*report.proofs, *report.not_asked]
    suites: dict[str, list[Case]] = {}
    for one in told:
        suites.setdefault(f"{one.rulebook} {one.version}", []).append(_case(one))
    if not (report.proofs or report.faults.diagnostics):
        nothing = Case("something is proved", "invariants.yaml", 1, "failure", "nothing was proved", NOTHING_LIES_HERE)
        suites.setdefault("invariants", []).append(nothing)
    return suites_xml(suites.items(), report.faults)


def _case(one: Proof | PassedOver) -> Case:
    case = Case(one.invariant, one.file, one.line)
    if isinstance(one, PassedOver):
        return case._replace(said="skipped", message=f"not asked: {one.why}")
    if one.verdict == "unknown":
        return case._replace(said="error", message=f"undecided: {one.why}")
    if one.verdict == "witness":
        rules = (_settled(rule) for shown in one.shown for rule in shown.rules)
        text = "\n".join((*(shown.scenario for shown in one.shown), *rules))
        return case._replace(said="failure", message=against_in_words(one), text=text)
    return case


def _settled(rule: Responsible) -> str:
    by = f"`{rule.rule}` ({rule.file}:{rule.line})" if rule.line else "no rule, since none applies"
    return f"{_part(rule)}: {by}"


def _part(rule: Responsible) -> str:
    return f"{rule.stage} of `{rule.part}`" if rule.part else rule.stage


def _of_proof(proof: Proof, sources: Mapping[str, Source]) -> Iterator[Diagnostic]:
    span = Span(proof.line, proof.column, proof.end_line, proof.end_column)
    what = f"`{proof.invariant}` in {proof.rulebook} {proof.version}"
    if proof.verdict == "unknown":
        help = "try a larger `--budget`, or say it of facts with few values"
        yield Diagnostic("undecided-invariant", f"{what}: {proof.why}", proof.file, span, help, "warning")
    elif proof.verdict == "witness":
        related = dict.fromkeys(
            Related(rule.file, _line(sources.get(rule.file), rule.line), f"`{rule.rule}` settles {_part(rule)}")
            for shown in proof.shown
            for rule in shown.rules
            if rule.line is not None
        )
        witness = "\n".join(shown.scenario for shown in proof.shown)
        help = "mend a rule that settles it, or say less in the invariant"
        said = f"{what}: {against_in_words(proof)}"
        yield Diagnostic("refuted-invariant", said, proof.file, span, help, related=tuple(related), witness=witness)


def _line(source: Source | None, number: int) -> Span:
    """A line from its first letter on."""
    text = source.line(number).rstrip() if source is not None else ""
    return Span(number, len(text) - len(text.lstrip()) + 1, number, len(text) + 1)
