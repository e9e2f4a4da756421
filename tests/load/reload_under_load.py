"""A reload every second under load, one in three of them broken (`make bench-reload`), and how long a start takes.

The set in the folder changes each time, so that a decision tells which set it was made by. Every answer is held against
the decision of the digest that it names, made here from the same files; a set that the service should have refused has
no such decision, so one answer by it is a failure. Ends with 1 on any failure.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

import many_rows  # noqa: E402

from engine import Catalogue  # noqa: E402

STARTED = 600.0
CALL = 30.0
DESK = """\
rulebook: load-desk
version: 1.0.0
in_force: {{from: 2024-01-01}}
facts:
  ticket.channel: [mail, phone]
  ticket.urgency: {{ordered: [low, high]}}
priority:
  levels: [P1, P2]
  rules:
    - {{rule: urgent, when: {{ticket.urgency: high}}, then: {{level: P1}}}}
  otherwise: {{then: {{level: P2}}}}
assignment:
  rules:
    - {{rule: by-phone, when: {{ticket.channel: phone}}, then: {{group: phone-{turn}}}}}
  otherwise: {{then: {{group: mail-{turn}}}}}
"""
REQUESTS = [
    {"rulebook": "load-desk", "at": "2026-11-23T09:30:00Z", "ticket": {"channel": channel, "urgency": urgency}}
    for channel in ("mail", "phone")
    for urgency in ("low", "high")
]
BODIES = [json.dumps(request).encode() for request in REQUESTS]


@dataclass
class Count:
    """What a run saw."""

    answers: Counter[str] = field(default_factory=Counter)
    """Answers by the digest that they name."""
    failures: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    """Seconds from a request to its answer."""
    reloads: list[float] = field(default_factory=list)
    """Seconds that a good reload took."""


@contextmanager
def service(rules: Path, workers: int) -> Iterator[tuple[str, int, float]]:
    """A service as a process: its host and port, and the seconds until `/readyz` said yes."""
    command = [sys.executable, "-m", "cli", "serve", "--rules", str(rules), "--port", "0", "--workers", str(workers)]
    settings = rules.parent / "service.yaml"
    settings.write_text("log: {calls: problems}\n", encoding="utf-8")
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--settings", str(settings)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT
    )
    try:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().split()[3].decode())
        assert address.hostname
        assert address.port
        answer = asyncio.run(once(address.hostname, address.port, b"GET", b"/readyz"))
        assert answer[0] == 200, answer
        yield address.hostname, address.port, time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(CALL)
        assert process.stdout is not None
        process.stdout.close()


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: bytes, path: bytes, body: bytes = b""
) -> tuple[int, bytes]:
    """One call on an open connection: status and body."""
    head = b"%s %s HTTP/1.1\r\nHost: desk\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    writer.write(head % (method, path, len(body)) + body)
    said = await reader.readuntil(b"\r\n\r\n")
    size = int(said.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
    return int(said[9:12]), await reader.readexactly(size)


async def once(host: str, port: int, method: bytes, path: bytes) -> tuple[int, bytes]:
    """One call on a connection of its own."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        return await asyncio.wait_for(exchange(reader, writer, method, path), STARTED)
    finally:
        writer.close()


def put(rules: Path, turn: int, broken: str = "") -> dict[str, list[Any]]:
    """Write the set of a turn; the decisions that it gives, by its digest. A broken one gives none."""
    folder = rules / "load-desk"
    folder.mkdir(exist_ok=True)
    text = DESK.format(turn=turn)
    path = folder / "1.0.0.yaml"
    if broken:
        path.write_text(text.replace("urgent", "urgent ") + "nonsense: [" if broken == "fault" else text[:-40])
        return {}
    path.write_text(text, encoding="utf-8")
    catalogue = Catalogue.of_files([path])
    answers = [catalogue.decide(request) for request in REQUESTS]
    return {answers[0]["rulebook"]["digest"]: answers}


async def client(host: str, port: int, until: float, known: dict[str, list[Any]], count: Count) -> None:
    """Ask without a pause, on one connection, and hold every answer against the set that it names."""
    reader, writer = await asyncio.open_connection(host, port)
    chance = random.Random(id(writer))
    while time.monotonic() < until:
        which = chance.randrange(len(BODIES))
        began = time.perf_counter()
        try:
            status, body = await asyncio.wait_for(exchange(reader, writer, b"POST", b"/v1/decide", BODIES[which]), CALL)
        except (OSError, EOFError, TimeoutError) as error:
            count.failures[type(error).__name__] += 1
            reader, writer = await asyncio.open_connection(host, port)
            continue
        count.waits.append(time.perf_counter() - began)
        if status != 200:
            count.failures[f"status {status}"] += 1
            continue
        answer = json.loads(body)
        digest = answer["rulebook"]["digest"]
        count.answers[digest] += 1
        if digest not in known:
            count.failures["an answer by no valid set"] += 1
        elif answer != known[digest][which]:
            count.failures["an answer that its set does not give"] += 1
    writer.close()


async def reloader(
    rules: Path, host: str, port: int, until: float, known: dict[str, list[Any]], count: Count, workers: int
) -> None:
    """Exchange the set every second; every third time it is broken, by a fault or by an end too early."""
    turn = 0
    while time.monotonic() + 1 < until:
        turn += 1
        due = time.monotonic() + 1
        broken = ("", "", "fault", "", "", "cut")[turn % 6]
        known |= put(rules, turn, broken)
        status, body = await once(host, port, b"POST", b"/v1/reload")
        receipt = json.loads(body)
        receipt = receipt.get("receipt", receipt)
        count.outcomes[receipt["outcome"]] += 1
        expected = "refused" if broken else "replaced"
        digests = {worker["digest"] for worker in receipt["workers"]}
        if receipt["outcome"] != expected or len(receipt["workers"]) != workers or len(digests) != 1:
            count.failures[f"reload {status}: {receipt['outcome']} where {expected} was due"] += 1
        if not broken:
            count.reloads.append(float(receipt["took"][2:-1]))
        await asyncio.sleep(max(0.0, due - time.monotonic()))


def run(seconds: float, clients: int, workers: int) -> Count:
    """The load run over the six rulebooks of this project and one that changes."""
    count = Count()
    with tempfile.TemporaryDirectory() as scratch:
        rules = Path(scratch, "rules")
        subprocess.run(["cp", "-r", str(ROOT / "rules"), str(rules)], check=True)
        (rules / "rulebooks.lock").unlink(missing_ok=True)
        known = put(rules, 0)
        with service(rules, workers) as (host, port, _):
            until = time.monotonic() + seconds

            async def both() -> None:
                asking = [client(host, port, until, known, count) for _ in range(clients)]
                await asyncio.gather(*asking, reloader(rules, host, port, until, known, count, workers))

            asyncio.run(both())
    return count


def cold_starts(workers: int, rows: int) -> list[tuple[str, float]]:
    """Seconds from the start of the process until `/readyz` says yes."""
    with tempfile.TemporaryDirectory() as scratch:
        large = Path(scratch, "rules", "many-rows")
        large.mkdir(parents=True)
        body = many_rows.rulebook(many_rows.tables(rows, random.Random(1)))
        (large / "1.0.0.yaml").write_text(json.dumps(body), encoding="utf-8")
        six = Path(scratch, "six", "rules")
        six.parent.mkdir()
        six.symlink_to(ROOT / "rules")
        found = []
        for name, rules in ((f"the {len(os.listdir(ROOT / 'rules'))} rulebooks", six),
                            (f"one of five tables of {rows:,} rows", large.parent)):  # fmt: skip
            with service(rules, workers) as (_, _, seconds):
                found.append((name, seconds))
    return found


def show(count: Count, seconds: float) -> None:
    """The table of a run."""
    waits, shares = sorted(count.waits), (0.5, 0.99, 1)
    rows = [
        ("answers", f"{len(waits):,} ({len(waits) / seconds:,.0f} a second)"),
        ("by as many sets", str(len(count.answers))),
        ("reloads", ", ".join(f"{n} {outcome}" for outcome, n in sorted(count.outcomes.items()))),
        ("a reload took (median, longest)", f"{ms(statistics.median(count.reloads))}, {ms(max(count.reloads))}"),
        ("an answer took (median, 99%, longest)", ", ".join(ms(waits[int(p * (len(waits) - 1))]) for p in shares)),
        ("failures", ", ".join(f"{n} × {what}" for what, n in count.failures.items()) or "none"),
    ]  # fmt: skip
    for name, value in rows:
        print(f"{name:<40} {value}")


def ms(seconds: float) -> str:
    """Seconds in milliseconds, for people."""
    return f"{seconds * 1000:.1f} ms"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rows", type=int, default=10_000, help="of the rulebook whose start is measured; 0: none")
    args = parser.parse_args(arguments)
    print(f"{args.seconds:.0f} seconds, {args.clients} clients, {args.workers} workers, a reload every second")
    count = run(args.seconds, args.clients, args.workers)
    show(count, args.seconds)
    if args.rows:
        for name, seconds in cold_starts(args.workers, args.rows):
            print(f"{'from start to ready, ' + name:<60} {seconds:.1f} s")
    return 1 if count.failures else 0


if __name__ == "__main__":
    sys.exit(main())
