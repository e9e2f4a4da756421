"""`deskpolicy diff`: what a change of a rulebook changes of decisions, for whoever reviews it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import typer

from engine import Catalogue, RequestRefused, RulebookFaults, VersionFile, format_instant, parse_instant, review_change

from .diff_text import write_markdown, write_text
from .files import write_whole
from .options import Rules
from .reports import write_report_error
from .rulebooks import reading_rulebooks
from .shell import FINDINGS
from .terminal import fail, reason, write, write_error

if TYPE_CHECKING:
    from engine import Reviewed
    from simulations.differences import Weights

UNDECIDED: Final = 3
"""Exit code: something could neither be proved nor shown."""
_VERDICTS: Final = {"same": 0, "differs": FINDINGS, "undecided": UNDECIDED}

Old = Annotated[str, typer.Argument(metavar="OLD", help="`ID@VERSION`, `ID` (the version in force), or a file.")]
New = Annotated[
    str | None,
    typer.Argument(metavar="[NEW]", help="The same; left out: OLD is the new one, against what is in force."),
]
History = Annotated[
    str | None, typer.Option("--history", metavar="FILE", help="Weight each change by the tickets of a history.")
]
Map = Annotated[Path | None, typer.Option("--map", metavar="MAP.yaml", help="Which column holds which fact.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE.html", help="Also write one page to review.")]
Form = Annotated[Literal["text", "json", "markdown"], typer.Option("--format", help="For people, programs, comments.")]


def diff(
    old: Old,
    new: New = None,
    rules: Rules = Path("rules"),
    history: History = None,
    map: Map = None,
    out: Out = None,
    format: Form = "text",
) -> None:
    """Tell which decisions a change of a rulebook changes, over all requests: which, from what to what, by which rules.

    Ends with 0 when it is proved that no decision changes, 1 when some do, 3 when something stays undecided.
    """
    if map is not None and history is None:
        fail("--map says how a history is read: give --history")
    first, second = _files(old, new, rules)
    try:
        reviewed = review_change(first, second)
    except RulebookFaults as faults:
        write_report_error(faults.report)
        raise typer.Exit(FINDINGS) from None
    weights = _weights(reviewed, history, map) if history is not None else None
    if format == "json":
        said = {**reviewed.review.plain(), "weights": weights}
        write(msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n")
    elif format == "markdown":
        write_markdown(reviewed.review, weights)
    else:
        write_text(reviewed.review, weights)
    if out is not None:
        _save(reviewed, weights, out)
    code = _VERDICTS[reviewed.review.verdict]
    if code:
        raise typer.Exit(code)


def _files(old: str, new: str | None, rules: Path) -> tuple[VersionFile, VersionFile]:
    if new is not None:
        return _file(old, rules), _file(new, rules)
    if not _is_file(old):
        fail(f"`{old}` is to be compared with what? give NEW, or name a file to compare it with what is in force")
    newer = _read(Path(old))
    return _in_force(_id_of(newer), rules), newer


def _is_file(named: str) -> bool:
    return named.endswith((".yaml", ".yml"))


def _file(named: str, rules: Path) -> VersionFile:
    if _is_file(named):
        return _read(Path(named))
    id, at, version = named.partition("@")
    if not at:
        return _in_force(id, rules)
    if not version:
        fail(f"`{named}`: a version is missing after `@`, such as `{id}@1.0.0`")
    with reading_rulebooks(rules):
        try:
            Catalogue.load(rules).describe(id, version)
        except RequestRefused as refused:
            fail(f"{named}: {refused.detail}")
    return _read(rules / id / f"{version}.yaml")


def _in_force(id: str, rules: Path) -> VersionFile:
    """The version of a rulebook that is in force now."""
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    with reading_rulebooks(rules):
        try:
            changes = Catalogue.load(rules).answering(id)
        except RequestRefused as refused:
            fail(f"{id}: {refused.detail}")
    book = next((book for start, book in reversed(changes) if start <= parse_instant(at)), None)
    if book is None:
        fail(f"{id}: no version is in force at {format_instant(parse_instant(at))}; name one, such as `{id}@1.0.0`")
    return _read(rules / id / f"{book.rulebook.version}.yaml")


def _read(path: Path) -> VersionFile:
    try:
        return VersionFile(path.as_posix(), path.read_bytes())
    except OSError as error:
        fail(f"{path}: {reason(error)}")


def _id_of(file: VersionFile) -> str:
    """The rulebook of a file; one with faults ends the command."""
    try:
        return str(Catalogue.of_texts({file.name: file.raw}).summaries()[0]["id"])
    except RulebookFaults as faults:
        write_report_error(faults.report)
        raise typer.Exit(FINDINGS) from None


def _weights(reviewed: Reviewed, history: str, mapping: Path | None) -> Weights:
    # Imported here, as it takes longer than most commands run.
    from simulations import MappingFaults, UnreadableHistory
    from simulations.differences import weigh

    try:
        return weigh(history, mapping, reviewed.changes_of)
    except MappingFaults as faults:
        write_error(faults.report())
        raise typer.Exit(FINDINGS) from None
    except UnreadableHistory as wrong:
        fail(str(wrong))
    except OSError as error:
        fail(f"{error.filename or history}: {reason(error)}")


def _save(reviewed: Reviewed, weights: Weights | None, path: Path) -> None:
    from simulations.differences import review_html

    page = review_html(reviewed.review, weights)
    try:
        write_whole(path, page)
    except OSError as error:
        fail(f"{path}: {reason(error)}")
