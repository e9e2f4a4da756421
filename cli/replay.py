"""`deskpolicy replay`: what-if on a real history. Reads the command line, runs the replay, and settles how it ends."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from engine import RequestRefused

from .options import Format, Rules
from .replay_plan import Wanted, planned
from .replay_progress import interruptions, showing_progress
from .replay_text import opened_text, summary_text
from .report import ReportLanguage, write_report
from .shell import FINDINGS
from .terminal import complain, fail, reason, write, write_error

if TYPE_CHECKING:
    from simulations import Plan, Summary

UNTOLD: Final = 3
"""Exit code: a guardrail could not be told from the history."""

History = Annotated[
    str,
    typer.Argument(metavar="HISTORY", help="CSV, JSON Lines, Parquet, XES or a decision log: a file or an address."),
]
Map = Annotated[
    Path | None, typer.Option("--map", metavar="MAP.yaml", help="Which column holds which fact; a log needs none.")
]
Baseline = Annotated[
    str, typer.Option(metavar="ID[@V]", help="The rulebook that decides; `ID@as-in-force`: the version of the time.")
]
Candidate = Annotated[
    str | None, typer.Option(metavar="ID[@V]|FILE", help="A second rulebook; tells what it would change.")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Instead of a candidate: the baseline with another value."),
]
WriteCandidate = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the rulebook that `--set` makes to a new file.")
]
By = Annotated[list[str] | None, typer.Option(metavar="FACT", help="Break the findings down by a fact.")]
GuardrailLines = Annotated[
    list[str] | None,
    typer.Option("--guardrail", metavar="LIMIT", help="Such as `breach_rate.P1: no worse than +0.5 points`."),
]
GuardrailFile = Annotated[Path | None, typer.Option("--guardrails", metavar="FILE.yaml", help="A file of guardrails.")]
Open = Annotated[str | None, typer.Option("--open", metavar="TICKET", help="Show one ticket: decisions and traces.")]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the decisions are written, and the rows set aside.")
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from what a broken-off replay left in `--out`.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Take the first N rows only.")]
Language = Annotated[
    ReportLanguage | None,
    typer.Option(help="Of the report, and of the reasons of decisions that it opens; left out: English."),
]


def replay(
    history: History,
    baseline: Baseline,
    map: Map = None,
    candidate: Candidate = None,
    set: Set = None,
    write_candidate: WriteCandidate = None,
    by: By = None,
    guardrail: GuardrailLines = None,
    guardrails: GuardrailFile = None,
    open: Open = None,
    out: Out = None,
    resume: Resume = False,
    rules: Rules = Path("rules"),
    format: Format = "text",
    limit: Limit = None,
    language: Language = None,
) -> None:
    """Decides the tickets of a history anew: at their opening, at each event as it stood, and as at their end.

    Tells how often the decisions equal what the history records and, with a candidate, what would change. Ends with 1
    when the mapping has faults, the history is not of the expected size, some of its rows could not be decided, or a
    guardrail is broken; with 3 when a guardrail cannot be told.
    """
    # Imported here, as it takes longer than most commands run.
    from engine.bulk import BulkDiffers
    from simulations import BadChange, CannotResume, GuardrailFaults, MappingFaults, UnknownRulebook, UnreadableHistory

    wanted = Wanted(history, map, baseline, candidate, tuple(set or ()), write_candidate, rules, limit, language)
    _refuse_together(wanted, out, resume, bool(guardrail or guardrails), open)
    try:
        plan = planned(wanted, tuple(by or ()), guardrail or (), guardrails)
        if open is not None:
            _open(plan, open, format)
            return
        summary, files = _replayed(plan, out, resume, language or "en")
    except (MappingFaults, GuardrailFaults) as faults:
        write_error(faults.report())
        raise typer.Exit(FINDINGS) from None
    except (UnknownRulebook, UnreadableHistory, BadChange, CannotResume) as wrong:
        fail(str(wrong))
    except RequestRefused as refused:
        fail(refused.detail)
    except BulkDiffers as differs:
        fail(f"a fault of deskpolicy, please report it: bulk and single decisions differ: {differs}", FINDINGS)
    except OSError as error:
        fail(f"{error.filename or out or history}: {reason(error)}")
    if format == "json":
        _write_json({**summary.plain(), "files": files})
    else:
        write(summary_text(summary))
    _end(summary)


def _refuse_together(wanted: Wanted, out: Path | None, resume: bool, guarded: bool, ticket: str | None) -> None:
    if wanted.candidate is not None and wanted.changes:
        fail("--set changes the baseline, so it takes the place of --candidate: give one of them")
    if wanted.write_to is not None and not wanted.changes:
        fail("--write-candidate writes what --set makes: give --set")
    if guarded and wanted.candidate is None and not wanted.changes:
        fail("guardrails compare with a candidate: give --candidate or --set")
    if resume and out is None:
        fail("--resume goes on from what --out holds: give --out")
    if wanted.language is not None and out is None and ticket is None:
        fail("--language is that of the report, or of what --open shows: give --out or --open")
    if ticket is not None and (out is not None or guarded):
        fail("--open shows one ticket: leave --out and the guardrails out")


def _replayed(plan: Plan, out: Path | None, resume: bool, language: ReportLanguage) -> tuple[Summary, dict[str, str]]:
    from simulations import finished_decisions, output_folder
    from simulations import replay as run_replay

    try:
        with ExitStack() as stack:
            check = stack.enter_context(interruptions())
            output = stack.enter_context(output_folder(out, plan, resume=resume)) if out is not None else None
            with showing_progress(check) as listener:
                summary = run_replay(plan, output, listener)
            files: dict[str, str] = {}
            if output is not None:
                files = output.finish()
                output.write_summary({**summary.plain(), "files": files})
            check()
        if out is not None:
            write_report(out, language)
        return summary, files
    except KeyboardInterrupt:
        if out is not None and (left := finished_decisions(out)):
            complain(f"{out}: the first {left:,} decisions are kept; the same command with --resume goes on from there")
        raise


def _open(plan: Plan, ticket: str, format: str) -> None:
    from simulations import open_ticket

    with interruptions() as check, showing_progress(check) as listener:
        moments = open_ticket(plan, ticket, listener.seen)
    if not moments:
        fail(f"{plan.history.name}: no decision can be taken on a ticket `{ticket}`")
    if format == "json":
        _write_json([asdict(moment) for moment in moments])
    else:
        write(opened_text(moments))


def _write_json(said: Any) -> None:
    write(msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n")


def _end(summary: Summary) -> None:
    verdicts = {found.verdict for found in summary.guardrails}
    if "broken" in verdicts or not summary.sound:
        raise typer.Exit(FINDINGS)
    if "unknown" in verdicts:
        raise typer.Exit(UNTOLD)
