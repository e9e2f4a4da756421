"""Starts servers, and puts them under load with `wrk`. Knows nothing of what they answer."""

import json
import os
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

SECONDS_TO_START = 60
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Load(NamedTuple):
    """What one run of `wrk` measured."""

    rate: float
    """Requests a second."""
    p50: float
    p99: float
    """Milliseconds within which half of them, and 99%, were answered."""
    cpu: float
    """Microseconds of processor time that the server took for each."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(command: Sequence[str], ready: str, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """A server as a process, from when `ready` answers; gives its number."""
    process = subprocess.Popen(
        command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + SECONDS_TO_START
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"does not start: {' '.join(command)}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def post(address: str, body: bytes, content_type: str = "application/json") -> bytes:
    """The body of an answer with status 200."""
    request = urllib.request.Request(address, body, {"Content-Type": content_type})
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: bytes = response.read()
        return answer


def script(path: Path, bodies: Sequence[bytes], content_type: str = "application/json") -> Path:
    """A script that makes `wrk` send these bodies in turn."""
    listed = ",\n".join(json.dumps(body.decode("ascii")) for body in bodies)
    path.write_text(
        f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "{content_type}"\nlocal bodies = {{\n{listed}\n}}\n'
        "local requests, last = {}, 0\n"
        "init = function(args) for i, body in ipairs(bodies) do requests[i] = wrk.format(nil, nil, nil, body) end end\n"
        "request = function() last = last % #requests + 1; return requests[last] end\n",
        encoding="ascii",
    )
    return path


def processor_seconds(process: int) -> float:
    """The processor time that a process and those that it started have used."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = [path.read_text(encoding="ascii") for path in Path(f"/proc/{process}/task").glob("*/children")]
    except FileNotFoundError:
        return 0.0
    own = (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(processor_seconds(int(child)) for listed in children for child in listed.split())


def load(address: str, lua: Path, seconds: float, process: int, connections: int = 32) -> Load:
    """Put the server of a process under load, for whole seconds.

    Ends the program when answers are missing or bad, since their rate means nothing.
    """
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--latency", "-s", str(lua), address]
    before = processor_seconds(process)
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    used = processor_seconds(process) - before
    if "Non-2xx" in said or re.search(r"Socket errors: (?!connect 0, read 0, write 0,)", said):  # slow ones may be so
        raise SystemExit(f"{address}:\n{said}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    answered = re.search(r"(\d+) requests in", said)
    assert found is not None, said
    assert answered is not None, said
    each = 1e6 * used / max(1, int(answered[1]))
    return Load(float(found[1]), _milliseconds("50%", said), _milliseconds("99%", said), each)


def _milliseconds(share: str, said: str) -> float:
    found: Any = re.search(rf"(?m)^\s+{share}\s+([\d.]+)(us|ms|s|m)\s*$", said)
    assert found is not None, said
    return float(found[1]) * _UNITS[found[2]]
