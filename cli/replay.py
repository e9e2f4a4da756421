"""`deskpolicy replay`: what-if on a real history. Reads the command line, shows progress, prints what was found."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from engine import Catalogue, RequestRefused

from .options import Format, Rules
from .rulebooks import reading_rulebooks
from .shell import FINDINGS
from .terminal import complain, fail, reason, write, write_error

if TYPE_CHECKING:
    from simulations import Agreement, OutputFolder, Side, Size, Summary
    from simulations import Progress as Listener

_MOST_DIFFERENCES: Final = 10
_WIDTH: Final = 140

History = Annotated[
    Path, typer.Argument(metavar="HISTORY", help="CSV (plain, gzip, or a zip that holds one) or Parquet.")
]
Map = Annotated[Path, typer.Option("--map", metavar="MAP.yaml", help="Which column holds which fact.")]
Baseline = Annotated[str, typer.Option(metavar="ID[@V]", help="The rulebook that decides.")]
Candidate = Annotated[
    str | None, typer.Option(metavar="ID[@V]|FILE", help="A second rulebook; tells what it would change.")
]
Out = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where the decisions are written, and the rows set aside.")
]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Take the first N rows only.")]


def replay(
    history: History,
    map: Map,
    baseline: Baseline,
    candidate: Candidate = None,
    out: Out = None,
    rules: Rules = Path("rules"),
    format: Format = "text",
    limit: Limit = None,
) -> None:
    """Decides the tickets of a history anew: each one as at its opening, and each event as it stood.

    Tells how often the decisions equal what the history records and, with a candidate, what would change. Ends with 1
    when the mapping has faults, the history is not of the expected size, or some of its rows could not be decided.
    """
    # Imported here, as it takes longer than most commands run.
    from simulations import MappingFaults, UnknownRulebook, UnreadableHistory

    try:
        summary, files = _replayed(history, map, (baseline, candidate), rules, out, limit)
    except MappingFaults as faults:
        write_error(faults.report())
        raise typer.Exit(FINDINGS) from None
    except UnknownRulebook as unknown:
        fail(str(unknown))
    except RequestRefused as refused:
        fail(refused.detail)
    except UnreadableHistory as unreadable:
        fail(str(unreadable))
    except OSError as error:
        fail(f"{error.filename or out or history}: {reason(error)}")
    if format == "json":
        said = {**summary.plain(), "files": files}
        write(msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n")
    else:
        _print(summary)
    if not summary.sound:
        raise typer.Exit(FINDINGS)


def _replayed(
    path: Path, map_: Path, written: tuple[str, str | None], rules: Path, out: Path | None, limit: int | None
) -> tuple[Summary, dict[str, str]]:
    from simulations import Plan, check_fit, open_mapped, output_folder
    from simulations import replay as run_replay

    sides = _sides(written, rules)
    history, mapping = open_mapped(path, map_)
    check_fit(history, mapping, sides)
    with ExitStack() as stack:
        check = stack.enter_context(_interruptions())
        output = (
            stack.enter_context(output_folder(out, tuple(side.name for side in sides))) if out is not None else None
        )
        with _progress(check) as listener:
            summary = run_replay(Plan(history, mapping.mapping, sides, limit), output, listener)
        files = _finish(output, summary)
        check()
        return summary, files


def _finish(output: OutputFolder | None, summary: Summary) -> dict[str, str]:
    if output is None:
        return {}
    files = output.finish()
    output.write_summary({**summary.plain(), "files": files})
    return files


def _sides(written: tuple[str, str | None], rules: Path) -> tuple[Side, ...]:
    from simulations import side_of, side_of_file

    baseline, candidate = written
    with reading_rulebooks(rules):
        catalogue = Catalogue.load(rules)
        sides = [side_of("baseline", baseline, catalogue)]
        if candidate is not None and candidate.endswith((".yaml", ".yml")):
            sides.append(side_of_file("candidate", Path(candidate)))
        elif candidate is not None:
            sides.append(side_of("candidate", candidate, catalogue))
    return tuple(sides)


@contextmanager
def _interruptions() -> Iterator[Callable[[], None]]:
    # Polars raises KeyboardInterrupt of its own beside Python's: the second would break off the tidying up after the
    # first. So Ctrl-C is only remembered, and taken where the function is called.
    asked: list[int] = []

    def check() -> None:
        if asked:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield check
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _progress(check: Callable[[], None]) -> Iterator[Listener]:
    from simulations import Progress as Listener

    errors = Console(stderr=True)
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), *times)
    with Progress(*columns, console=errors, disable=not errors.is_terminal, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def sized(size: Size) -> None:
            _warn_of_size(size)
            bar.update(task, description="deciding", completed=0, total=size.rows)

        def advance(rows: int) -> None:
            check()
            bar.advance(task, rows)

        yield Listener(advance, sized, advance)


def _warn_of_size(size: Size) -> None:
    for what, found, expected in (
        ("rows", size.rows, size.expected_rows),
        ("tickets", size.tickets, size.expected_tickets),
    ):
        if expected is not None and found != expected:
            lack = f"{expected - found:,} are missing" if found < expected else f"{found - expected:,} are too many"
            complain(f"NOT THE WHOLE HISTORY: {found:,} {what} where the mapping expects {expected:,}: {lack}")


def _print(summary: Summary) -> None:
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
    with console.capture() as printed:
        for line in _head(summary):
            console.print(line, markup=False, soft_wrap=True)
        console.print(_counts(summary))
        for table in (
            _agreement(summary.agreement),
            _differences(summary.agreement),
            _flips(summary),
            _set_aside(summary),
        ):
            if table is not None:
                console.print(table)
        for line in _notes(summary):
            console.print(line, markup=False, soft_wrap=True)
    write(printed.get())


def _head(summary: Summary) -> Iterator[str]:
    size = summary.size
    part = f", the first {summary.limit:,} rows asked for" if summary.limit is not None else ""
    yield f"{summary.history}: {size.rows:,} rows of {size.tickets:,} tickets{part}, read through {summary.mapping}"
    for side in summary.sides:
        yield f"{side.side}: {side.rulebook}, decided by {', '.join(side.versions) or 'no version'}"


def _counts(summary: Summary) -> Table:
    table = _table("decisions", "", ">of", ">decided", ">set aside")
    for name, count in (("tickets as at their opening", summary.openings), ("events as they stood", summary.events)):
        if count is not None:
            table.add_row(name, f"{count.total:,}", f"{count.decided:,}", f"{count.set_aside:,}")
    return table


def _agreement(results: tuple[Agreement, ...]) -> Table | None:
    table = _table("decided as recorded", "part", "side", "decisions", ">equal", ">not recorded")
    for found in results:
        table.add_row(
            found.part, found.side, f"{found.moment}s", _of(found.equal, found.compared), f"{found.unrecorded:,}"
        )
    return table if results else None


def _differences(results: tuple[Agreement, ...]) -> Table | None:
    table = _table("not decided as recorded", "part", "side", "decisions", "recorded", "decided", ">count")
    for found in results:
        for pair in found.differences[:_MOST_DIFFERENCES]:
            values = str(pair.recorded), "nothing" if pair.decided is None else str(pair.decided)
            table.add_row(found.part, found.side, f"{found.moment}s", *values, f"{pair.count:,}")
    return table if table.row_count else None


def _flips(summary: Summary) -> Table | None:
    if summary.flips is None:
        return None
    table = _table("what the candidate changes", "stage", "compared", ">openings", ">events", ">tickets")
    for row in summary.flips:
        table.add_row(row.stage, row.compares, f"{row.openings:,}", f"{row.events:,}", f"{row.tickets:,}")
    return table


def _set_aside(summary: Summary) -> Table | None:
    table = _table("set aside", "decisions", "column", "reason", "such as", ">count", ">first row")
    for found in summary.set_aside:
        place = found.column, found.reason, ", ".join(found.examples)
        table.add_row(f"{found.decision}s", *map(_plain, place), f"{found.count:,}", f"{found.first_row:,}")
    return table if table.row_count else None


def _notes(summary: Summary) -> Iterator[str]:
    for share in summary.recorded_shares:
        tickets, rows = _of(share.tickets, share.of_tickets), _of(share.rows, share.of_rows)
        yield f"recorded {share.name} is {share.share_of}: tickets by their last row {tickets}; rows {rows}"
    if summary.withheld:
        told = ", ".join(f"{fact} {count:,}" for fact, count in summary.withheld.items())
        yield f"kept out of decisions that were taken before it was known: {told}"
    if summary.events_before_opening:
        yield f"events dated before the opening of their ticket: {summary.events_before_opening:,}"
    for doubt, count in summary.doubtful_local_times.items():
        if count:
            yield f"local times that fall into a {doubt} of the zone's clock: {count:,}"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in columns:
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    return table


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _of(part: int, whole: int) -> str:
    # Rounded down: 100.00% is said of all and of nothing less.
    return f"{part:,} of {whole:,}" + (f" = {part * 10_000 // whole / 100:.2f}%" if whole else "")
