"""A service as a process on a free port of this machine, under settings of a test's own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

SECONDS = 30

FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
facts: {ticket.channel: [mail, phone]}
admission:
  otherwise: {then: {outcome: accept}, because: {en: Ours, ru: Наше}}
"""


class Live(NamedTuple):
    """The service, and where it listens. What it says on standard error goes to a file."""

    process: subprocess.Popen[str]
    host: str
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Where it is called."""
        return f"http://{self.host}:{self.port}"


@contextmanager
def live_service(folder: Path, settings: Mapping[str, Any], *options: str) -> Iterator[Live]:
    """Start `deskpolicy serve` under these settings; it is ended when the test is done with it."""
    file, log = folder / "service.yaml", folder / "service.log"
    file.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-W", "error", "-m", "cli", "serve", "--settings", str(file), "--port", "0", *options]
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        greeting = process.stdout.readline()
        address = next((urlsplit(word) for word in greeting.split() if word.startswith("http://")), None)
        if address is None:
            process.wait(SECONDS)
            raise AssertionError(log.read_text(encoding="utf-8"))
        assert address.hostname
        assert address.port
        yield Live(process, address.hostname, address.port, log)
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)
        if process.stdout is not None:
            process.stdout.close()
