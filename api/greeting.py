"""What the service says when its port is open: where it is, which rulebooks it has, and a command to try it with."""

import json
import shlex
from typing import Any

from engine import Catalogue, RequestRefused

from .examples import RULEBOOK, TRIAL
from .release import VERSION

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def greeting(catalogue: Catalogue, host: str, port: int) -> str:
    """A line on the service at this address, and a line to paste into a shell."""
    reachable = _WILDCARDS.get(host, host)
    address = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    rulebooks = [summary["id"] for summary in catalogue.summaries()]
    line = f"deskpolicy {VERSION} at {address} (docs: {address}/docs), rulebooks: {', '.join(rulebooks) or 'none'}"
    if not rulebooks:
        return line
    trial = json.dumps(_trial(catalogue, rulebooks), separators=(",", ":"))
    return f"{line}\ncurl {shlex.quote(f'{address}/v1/decide')} -H 'Content-Type: application/json' -d '{trial}'"


def _trial(catalogue: Catalogue, rulebooks: list[str]) -> dict[str, Any]:
    trial = TRIAL if RULEBOOK in rulebooks else {"rulebook": rulebooks[0]}
    try:
        catalogue.decide(trial)
    except RequestRefused:
        # most likely a draft, which must be asked for by its number
        summary = next(summary for summary in catalogue.summaries() if summary["id"] == trial["rulebook"])
        return {**trial, "version": summary["versions"][-1]["version"]}
    return trial
