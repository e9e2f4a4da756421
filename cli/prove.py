"""`deskpolicy prove`: what rulebooks must always or never do, proved over every possible request."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Any, Final

import msgspec
import typer

from engine import CheckReport, PassedOver, Proof, ProofReport, RulebookFaults, prove_paths, report_json

from .options import Format
from .reports import write_report
from .shell import FINDINGS
from .terminal import fail, reason, write
from .watching import Watch, repeat

UNDECIDED: Final = 3
"""Exit code: nothing speaks against the rulebooks, and something could neither be proved nor refuted."""
_WIDTH: Final = 118
_WORDS: Final = {"proved": "proved", "witness": "refuted by a request", "unknown": "undecided"}
Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATH", help="Rulebooks, folders of them, or files of invariants; left out: `rules`."),
]
Budget = Annotated[
    int, typer.Option("--budget", metavar="N", min=1, max=1000, help="Search N times as long before leaving it open.")
]


def prove(paths: Paths = None, budget: Budget = 1, watch: Watch = False, format: Format = "text") -> None:
    """Prove what must always or never hold (`invariants.yaml`) over every possible request, or show one against it.

    Ends with 0 when everything is proved, 1 when a request goes against something, 3 when something stays undecided.
    """
    chosen = paths or [Path("rules")]
    for path in chosen:
        if not path.exists():
            fail(f"{path}: no such file or folder")

    def run() -> None:
        code = _run(chosen, budget, format)
        if code:
            raise typer.Exit(code)

    if watch:
        repeat(chosen, run)
    else:
        run()


def _run(paths: list[Path], budget: int, format: str) -> int:
    try:
        report = prove_paths(paths, budget)
    except RulebookFaults as faults:
        report = ProofReport((), (), faults.report)
    except OSError as error:
        fail(f"{error.filename or paths[0]}: {reason(error)}")
    code = _code(report)
    if format == "json":
        write(msgspec.json.format(msgspec.json.encode(_as_json(report, code)), indent=2).decode() + "\n")
    elif report.faults.errors:
        write_report(report.faults)
    else:
        write("".join(f"{line}\n" for line in _lines(report)))
        if report.faults.diagnostics:
            write("\n")
            write_report(report.faults)
    return code


def _code(report: ProofReport) -> int:
    """What is wrong for sure goes before what stays open; where nothing was proved, that is a finding too."""
    if report.faults.diagnostics or "witness" in report.said or not report.proofs:
        return FINDINGS
    return UNDECIDED if "unknown" in report.said else 0


def _as_json(report: ProofReport, code: int) -> dict[str, Any]:
    faults: CheckReport = report.faults
    return {
        "passed": code == 0,
        "faults": report_json(faults),
        "proofs": [asdict(proof) for proof in report.proofs],
        "not_asked": [asdict(one) for one in report.not_asked],
    }


def _lines(report: ProofReport) -> Iterator[str]:
    told: list[Proof | PassedOver] = [*report.proofs, *report.not_asked]
    if not told:
        yield "no invariants lie here; they are written in `invariants.yaml`, beside a rulebook or in the root"
        return
    for rulebook, version in dict.fromkeys((one.rulebook, one.version) for one in told):
        yield f"{rulebook} {version}"
        for proof in report.proofs:
            if (proof.rulebook, proof.version) == (rulebook, version):
                yield from _told(proof)
        for one in report.not_asked:
            if (one.rulebook, one.version) == (rulebook, version):
                yield f"  not asked  {one.invariant}: {one.why}"
    counts = {said: sum(proof.verdict == said for proof in report.proofs) for said in _WORDS}
    said = [f"{count} {_WORDS[said]}" for said, count in counts.items() if count]
    yield ", ".join([*said, *([f"{len(report.not_asked)} not asked"] if report.not_asked else [])])


def _told(proof: Proof) -> Iterator[str]:
    empty = ", since no request is as it says" if proof.is_vacuous else ""
    yield f"  {proof.verdict:<9}  {proof.invariant}{empty}"
    where = f"{proof.file}:{proof.line}"
    if proof.why:
        yield f"    {where}: {proof.why}"
    if not proof.shown:
        return
    yield from wrap(f"{where}: {_which(proof)}; such as", _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 6,
                    break_long_words=False, break_on_hyphens=False)  # fmt: skip
    for shown in proof.shown:
        yield ""
        yield from (f"      {line}" for line in shown.scenario.splitlines())
        yield ""
        for rule in shown.rules:
            part = f"{rule.stage} of `{rule.part}`" if rule.part else rule.stage
            place = f"`{rule.rule}` ({rule.file}:{rule.line})" if rule.line else "no rule, since none applies"
            yield f"      {part}: {place}"


def _which(proof: Proof) -> str:
    """Which requests go against an invariant, in words."""
    owners = {None: "", 1: " of the higher one", 2: " of the lower one"}
    parts = [f"`{part['fact']}`{owners[part['request']]} {part['words']}" for part in proof.box]
    which = "every" if proof.certainty == "every" else "some"
    what = f"{which} pair of requests" if len(proof.shown) > 1 else f"{which} request"
    if proof.certainty == "some":
        what = what.replace("pair", "pairs", 1) if len(proof.shown) > 1 else f"{what}s"
    goes = "goes" if proof.certainty == "every" else "go"
    return f"against it {goes} {what}" + (f" in which {', '.join(parts)}" if parts else "")
