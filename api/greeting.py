"""What the service says when its port is open: where it is, which rulebooks it has, and a command to try it with."""

import json
import shlex
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .clock import now
from .examples import RULEBOOK, TRIAL
from .release import VERSION
from .wire import LoadedVersion

_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def greeting(versions: Sequence[LoadedVersion], host: str, port: int, *, asks_who_calls: bool = False) -> str:
    """A line on the service at this address, and a line to paste into a shell; the latter takes a key from there."""
    reachable = _WILDCARDS.get(host, host)
    address = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    rulebooks = list(dict.fromkeys(version.id for version in versions))
    line = f"deskpolicy {VERSION} at {address} (docs: {address}/docs), rulebooks: {', '.join(rulebooks) or 'none'}"
    if not rulebooks:
        return line
    trial = json.dumps(_trial(versions), separators=(",", ":"))
    shown = ' -H "Authorization: Bearer $DESKPOLICY_KEY"' if asks_who_calls else ""
    where = shlex.quote(f"{address}/v1/decide")
    return f"{line}\ncurl {where} -H 'Content-Type: application/json'{shown} -d '{trial}'"


def _trial(versions: Sequence[LoadedVersion]) -> dict[str, Any]:
    trial = TRIAL if any(version.id == RULEBOOK for version in versions) else {"rulebook": versions[0].id}
    those = [version for version in versions if version.id == trial["rulebook"]]
    if any(_is_in_force(version) for version in those):
        return trial
    return {**trial, "version": those[-1].version}  # most likely a draft, which must be asked for by its number


def _is_in_force(version: LoadedVersion) -> bool:
    force = version.in_force
    if force is None:
        return False
    began = force.start is None or datetime.fromisoformat(force.start) <= now()
    return began and (force.until is None or now() < datetime.fromisoformat(force.until))
