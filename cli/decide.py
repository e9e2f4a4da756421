"""`deskpolicy decide`: one decision, the same as the service's."""

from pathlib import Path
from typing import Annotated

import typer

from engine import Catalogue, EngineFault, RequestRefused

from .inputs import read_input, refuse
from .options import Engine, Rules
from .rulebooks import reading_rulebooks
from .terminal import fail, write_json

File = Annotated[str, typer.Argument(metavar="FILE.json", help="The request; `-` reads standard input.")]
Explain = Annotated[bool, typer.Option("--explain", help="Also tell which rules applied, why, and what they cite.")]


def decide(file: File, rules: Rules = Path("rules"), engine: Engine = "bitmap", explain: Explain = False) -> None:
    """Decide on one request and print the answer as JSON: on a terminal indented, elsewhere the service's very bytes.

    Ends with 2 when the request cannot be read or does not fit, or the engine cannot be had, with 1 when the rulebooks
    have faults.
    """
    # Imported here, as it takes longer than most commands run.
    from api import BODY_LIMIT, Refusal, encode_answer, now, problem_of, read_request

    raw = read_input(file, BODY_LIMIT)
    try:
        request = read_request(raw)
        with reading_rulebooks(rules):
            catalogue = Catalogue.load(rules, clock=now, engine=engine)
        answer = catalogue.decide({**request, "explain": True} if explain else request)
    except Refusal as refusal:
        refuse(file, refusal.problem)
    except RequestRefused as refused:
        refuse(file, problem_of(refused))
    except EngineFault as fault:
        fail(str(fault))
    else:
        write_json(encode_answer(answer))
