"""`deskpolicy map`: drafts a mapping from a history, with what was guessed and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine import Catalogue, RequestRefused

from .options import Rules
from .rulebooks import reading_rulebooks
from .terminal import fail, reason, write, write_error

if TYPE_CHECKING:
    from simulations import Wanted

History = Annotated[
    str,
    typer.Argument(
        metavar="HISTORY", help="CSV, JSON Lines, Parquet or XES; plain, gzip or zip; a file or an address of fsspec."
    ),
]
Rulebook = Annotated[
    str | None, typer.Option("--rulebook", metavar="ID[@V]", help="The rulebook whose facts are looked for.")
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the draft there; nothing is overwritten.")
]
Separator = Annotated[
    str | None,
    typer.Option(metavar="CHARACTER", help="What stands between the fields of a CSV file; left out: guessed."),
]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="The encoding of a CSV file, such as `cp1252`.")]
Member = Annotated[str | None, typer.Option(metavar="NAME", help="The file in a zip that holds several.")]


def map(
    history: History,
    rulebook: Rulebook = None,
    out: Out = None,
    rules: Rules = Path("rules"),
    separator: Separator = None,
    encoding: Encoding = "utf-8",
    member: Member = None,
) -> None:
    """Draft a mapping from a history: which column could hold which fact, with the evidence, and what is not clear.

    Read the draft, mend it, and replay the history with it. Ends with 2, and writes nothing, when the history cannot be
    read, is a decision log, or the file is there already.
    """
    # Imported here, as it takes longer than most commands run.
    from simulations import COMMON, UnreadableHistory, draft_mapping_text, open_to_draft

    if separator is not None and len(separator) != 1:
        fail("--separator takes one character")
    facts = COMMON if rulebook is None else _facts(rulebook, rules)
    layout = {"separator": separator, "encoding": encoding, "member": member}
    usual = {"separator": ",", "encoding": "utf-8", "member": None}
    said = {key: value for key, value in layout.items() if value is not None and value != usual[key]}
    try:
        opened, said = open_to_draft(history, said, guess_separator=separator is None)
        if opened.form.name == "decision-log":
            fail(f"{opened.name}: a decision log needs no mapping; replay it with `--map decision-log`")
        text = draft_mapping_text(opened, facts, said)
    except UnreadableHistory as unreadable:
        fail(str(unreadable))
    except LookupError as error:
        fail(str(error))
    if out is None:
        write(text)
        return
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fail(f"{out}: is there already, and nothing is overwritten")
    except OSError as error:
        fail(f"{error.filename or out}: {reason(error)}")
    write_error(f"wrote {out}; lines with `# ?` are questions")


def _facts(written: str, rules: Path) -> tuple[Wanted, ...]:
    from simulations import wanted_of

    name, _, version = written.partition("@")
    with reading_rulebooks(rules):
        catalogue = Catalogue.load(rules)
        try:
            version = version or catalogue.describe(name)["versions"][-1]["version"]
            return wanted_of(catalogue.request_schema(name, version))
        except RequestRefused as refused:
            fail(refused.detail)
