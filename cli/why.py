"""`deskpolicy why`: which rules settled a request and which came near, and what would have to be otherwise."""

from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from engine import Catalogue, RequestRefused, WantedFault, Why, check_paths, explain_request

from .inputs import read_input, refuse
from .options import Format, Rules
from .reports import write_report_error
from .rulebooks import reading_rulebooks
from .shell import FINDINGS
from .terminal import fail, write
from .why_text import lines_of

UNDECIDED: Final = 3
"""Exit code: whether some change gives what was wanted could neither be shown nor be excluded."""
_CODES: Final = {"so": 0, "changes": 0, "impossible": FINDINGS, "too_many": FINDINGS, "unknown": UNDECIDED}

File = Annotated[str, typer.Argument(metavar="REQUEST.json", help="The request; `-` reads standard input.")]
Wanted = Annotated[
    list[str] | None,
    typer.Option(
        "--not",
        metavar="PART=VALUE",
        help="Why it is not so, and the smallest change that makes it so: `priority=P1`, `escalation.to=` (nothing), "
        "`disclosures.TOPIC=permit`, `sla.TARGET.within=4h`; commas part several values. Repeat it for all at once.",
    ),
]
Language = Annotated[str | None, typer.Option(help="Of the reasons; left out: the request's.")]


def why(
    file: File,
    wanted: Wanted = None,
    rules: Rules = Path("rules"),
    language: Language = None,
    format: Format = "text",
) -> None:
    """Tell which rule settled each part of a decision, which rules came near, and why it is not otherwise.

    Ends with 0 when that is answered, 1 when no change gives what was wanted, 3 when that stays undecided.
    """
    # Imported here, as it takes longer than most commands run.
    from api import BODY_LIMIT, Refusal, now, problem_of, read_request

    raw = read_input(file, BODY_LIMIT)
    try:
        request = read_request(raw)
        with reading_rulebooks(rules):
            report = check_paths([rules])
        if report.errors:
            write_report_error(report)
            raise typer.Exit(FINDINGS)
        said = {**request, "language": language} if language else request
        explained = explain_request(report, Catalogue(report.rulebooks, clock=now), said, wanted or ())
    except Refusal as refusal:
        refuse(file, refusal.problem)
    except RequestRefused as refused:
        refuse(file, problem_of(refused))
    except WantedFault as fault:
        fail(str(fault))
    else:
        if format == "json":
            write(msgspec.json.format(msgspec.json.encode(_as_json(explained)), indent=2).decode() + "\n")
        else:
            write("".join(f"{line}\n" for line in lines_of(explained)))
        code = _CODES[explained.why_not.changes.said] if explained.why_not else 0
        if code:
            raise typer.Exit(code)


def _as_json(explained: Why) -> dict[str, Any]:
    found: dict[str, Any] = {"answer": explained.answer, "places": explained.places}
    asked = explained.why_not
    if asked is not None:
        found["not"] = {
            "wanted": asked.wanted,
            "verdict": asked.changes.said,
            "why": asked.changes.why,
            "rules": [msgspec.to_builtins(giver) for giver in asked.givers],
            "more_rules": asked.more,
            "are_smallest": asked.changes.are_smallest,
            "changes": [
                {"facts": msgspec.to_builtins(change.facts), "decision": change.seen.answer["decision"]}
                for change in asked.changes.found
            ],
        }
    return found
