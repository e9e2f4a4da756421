"""`deskpolicy decide`: one decision, the same as the service's."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine import Catalogue, RequestRefused

from .inputs import read_input
from .options import Rules
from .rulebooks import reading_rulebooks
from .shell import WRONG_USE
from .terminal import complain, fail, write_json

if TYPE_CHECKING:
    from api import Problem

File = Annotated[str, typer.Argument(metavar="FILE.json", help="The request; `-` reads standard input.")]
Engine = Annotated[Literal["bitmap", "rete"], typer.Option(help="What matches the rules.")]
Explain = Annotated[bool, typer.Option("--explain", help="Also tell which rules applied, why, and what they cite.")]


def decide(file: File, rules: Rules = Path("rules"), engine: Engine = "bitmap", explain: Explain = False) -> None:
    """Decide on one request and print the answer as JSON: on a terminal indented, elsewhere the service's very bytes.

    Ends with 2 when the request cannot be read or does not fit, with 1 when the rulebooks have faults.
    """
    if engine == "rete":
        fail("the engine `rete` is not built in yet; leave `--engine` out")
    # Imported here, as it takes longer than most commands run.
    from api import BODY_LIMIT, Refusal, encode_answer, now, problem_of, read_request

    raw = read_input(file, BODY_LIMIT)
    try:
        request = read_request(raw)
        with reading_rulebooks(rules):
            catalogue = Catalogue.load(rules, clock=now)
        answer = catalogue.decide({**request, "explain": True} if explain else request)
    except Refusal as refusal:
        _refuse(file, refusal.problem)
    except RequestRefused as refused:
        _refuse(file, problem_of(refused))
    else:
        write_json(encode_answer(answer))


def _refuse(file: str, problem: "Problem") -> None:
    source = "standard input" if file == "-" else file
    for fault in problem.errors or [{"pointer": "", "message": problem.detail}]:
        place = f"{fault['pointer']}: " if fault["pointer"] else ""
        complain(f"{source}: {place}{fault['message']}")
    raise typer.Exit(WRONG_USE)
