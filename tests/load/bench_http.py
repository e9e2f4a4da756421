"""Decisions a second over HTTP, beside other servers in the same run (`make bench-http`).

`wrk` with one thread and 32 connections on the machine of the servers. One workload for all: its tables lie beside the
project, every server's rules are generated from them, and every server's answers are checked before it is measured. All
servers stand ready, and take turns round after round, so that a slow moment of the machine meets all of them; the table
shows medians, and ratios of the medians. `CPU µs` is the processor time that the server took for a ticket and for a
call: where other work shares the machine it says more than the rates do.
"""

import argparse
import importlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
PEERS = PROJECT.parent / "shared" / "peers"
sys.path[:0] = [str(HERE), str(PEERS), str(PROJECT)]

import http_load  # noqa: E402
import workload_rulebook  # noqa: E402
from http_peers import ECHO_BYTES  # noqa: E402

from api.examples import REQUEST  # noqa: E402

NDJSON = "application/x-ndjson"
CONNECTIONS, FEW = 32, 4
"""Connections at once; of calls that take so long that many would not end with the measurement."""
SINGLE, BATCH = "one ticket a request", "batches"


class At(NamedTuple):
    """Where a server answers, and its process."""

    address: str
    process: int


class Case(NamedTuple):
    """One server asked one kind of question."""

    table: str
    name: str
    address: str
    lua: Path
    process: int
    tickets: int = 1
    connections: int = CONNECTIONS


def main() -> int:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", default="", help="a part of the names of the cases to run")
    args = parser.parse_args()
    if shutil.which("wrk") is None:
        print("skipped: `wrk` is not installed (apt-get install wrk)")
        return 0
    if not PEERS.is_dir():
        print("skipped: the peers' workload is not here")
        return 0
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        bench = Bench(Path(folder), stack)
        cases = [case for case in bench.cases() if args.only in case.name]
        show(measured(cases, args.rounds, args.seconds), args.rounds, args.seconds)
    return 0


class Bench:
    """The servers, ready to be asked."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.workload = importlib.import_module("workload")
        self.tickets = self.workload.tickets(2_000)
        self.scripts = 0

    def cases(self) -> list[Case]:
        """Start every server that can be had here."""
        own = [case for workers in (1, 2) for case in self.deskpolicy(workers)]
        found = [case for workers in (1, 2) for case in self.plain(workers)]
        return found + own + self.cerbos()

    def lua(self, bodies: Iterable[bytes], content_type: str = "application/json") -> Path:
        """The next script for `wrk`."""
        self.scripts += 1
        return http_load.script(self.folder / f"{self.scripts}.lua", list(bodies), content_type)

    def serve(self, command: Sequence[str], port: int, ready: str, environment: Mapping[str, str] | None = None) -> At:
        """Start a server."""
        address = f"http://127.0.0.1:{port}"
        return At(address, self.stack.enter_context(http_load.running(command, address + ready, environment)))

    def check(self, name: str, answers: Iterable[Any], tickets: Sequence[Any]) -> None:
        """Stop unless the answers are those of the workload's reference."""
        wrong = sum(a != self.workload.decide(ticket) for a, ticket in zip(answers, tickets, strict=True))
        if wrong:
            sys.exit(f"{name}: {wrong} of {len(tickets)} answers differ from the reference")

    def deskpolicy(self, workers: int) -> list[Case]:
        """The service as it runs, with everything that it does for each call."""
        rules = self.folder / "rules"
        if not rules.exists():
            shutil.copytree(PROJECT / "rules", rules)
            (rules / "workload").mkdir()
            (rules / "workload" / "1.0.0.yaml").write_text(
                json.dumps(workload_rulebook.rulebook(self.workload)), encoding="utf-8"
            )
        port = http_load.free_port()
        command = [sys.executable, "-m", "cli", "serve", "--rules", str(rules), "--port", str(port)]
        at, process = self.serve([*command, "--workers", str(workers)], port, "/readyz")
        requests = [json.dumps(workload_rulebook.request(ticket)).encode() for ticket in self.tickets]
        some = self.tickets[:200]
        answers = [json.loads(http_load.post(f"{at}/v1/decide", body)) for body in requests[: len(some)]]
        self.check("deskpolicy", map(workload_rulebook.outcome, answers), some)
        lines = http_load.post(f"{at}/v1/decide/batch", b"\n".join(requests[: len(some)]), NDJSON).splitlines()
        self.check("deskpolicy's batch", (workload_rulebook.outcome(json.loads(line)) for line in lines), some)
        readme = [json.dumps(REQUEST).encode()]
        named = f"deskpolicy, {workers} {'workers' if workers > 1 else 'worker'}"
        batches = [
            Case(
                BATCH,
                f"{named}, {n:,} lines{'' if connections == CONNECTIONS else f', -c{connections}'}",
                f"{at}/v1/decide/batch",
                self.lua(joined(requests, n), NDJSON),
                process,
                n,
                connections,
            )
            for n, connections in ((50, CONNECTIONS), (1_000, FEW))
        ]
        return [
            Case(SINGLE, named, f"{at}/v1/decide", self.lua(requests[:500]), process),
            Case(SINGLE, f"{named}, the README's", f"{at}/v1/decide", self.lua(readme), process),
            *batches,
        ]

    def plain(self, workers: int) -> list[Case]:
        """What uvicorn itself can do, FastAPI with Pydantic, and zen-engine behind FastAPI."""
        requests = [json.dumps(workload_rulebook.request(ticket)).encode() for ticket in self.tickets[:500]]
        raw = [json.dumps(ticket).encode() for ticket in self.tickets]
        named = f"{workers} {'workers' if workers > 1 else 'worker'}"
        size = {ECHO_BYTES: str(self.answer_size())}
        echo = self.uvicorn("echo", workers, size)
        found = [Case(SINGLE, f"plain ASGI echo, {named}", f"{echo.address}/", self.lua(requests), echo.process)]
        hello = self.uvicorn("fastapi_echo", workers)
        found.append(
            Case(
                SINGLE, f"FastAPI and Pydantic, {named}", f"{hello.address}/decide", self.lua(raw[:500]), hello.process
            )
        )
        try:
            models = importlib.import_module("zenmodel")
            importlib.import_module("zen")
        except ImportError:
            print("zen-engine is not installed: left out")
            return found
        zen, process = self.uvicorn("zen_lean", workers)
        some = self.tickets[:200]
        answers = [json.loads(http_load.post(f"{zen}/decide", body)) for body in raw[: len(some)]]
        self.check("zen-engine", map(models.norm, answers), some)
        lists = [json.dumps(self.tickets[at : at + 50]).encode() for at in range(0, len(self.tickets), 50)]
        answers = json.loads(http_load.post(f"{zen}/batch", lists[0]))
        self.check("zen-engine's batch", map(models.norm, answers), self.tickets[:50])
        return [
            *found,
            Case(SINGLE, f"zen-engine, lean, {named}", f"{zen}/decide", self.lua(raw[:500]), process),
            Case(BATCH, f"zen-engine, {named}, 50 tickets", f"{zen}/batch", self.lua(lists), process, 50),
        ]

    def answer_size(self) -> int:
        """The bytes of the answer in the middle, by size, of the workload."""
        from engine import Catalogue

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "1.0.0.yaml"
            path.write_text(json.dumps(workload_rulebook.rulebook(self.workload)), encoding="utf-8")
            catalogue = Catalogue.of_files([path])
        sizes = [len(catalogue.decide_json(workload_rulebook.request(ticket))) for ticket in self.tickets[:200]]
        return int(statistics.median(sizes))

    def uvicorn(self, app: str, workers: int, environment: Mapping[str, str] | None = None) -> At:
        """One of `http_peers`, served as deskpolicy is: no log of calls, no `server` header."""
        port = http_load.free_port()
        options = ["--no-access-log", "--log-level", "warning", "--no-server-header", "--app-dir", str(HERE)]
        factory = [] if app == "echo" else ["--factory"]
        where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
        command = [sys.executable, "-m", "uvicorn", f"http_peers:{app}", *where, *options, *factory]
        return self.serve(command, port, "/ready", environment)

    def cerbos(self) -> list[Case]:
        """Cerbos, which uses all cores by itself."""
        binary = os.environ.get("CERBOS") or shutil.which("cerbos")
        if not binary:
            print("Cerbos is left out: `CERBOS` does not name its binary (npm install @cerbos/cerbos-linux-x64)")
            return []
        policies = importlib.import_module("genpol")
        folder = self.folder / "policies"
        folder.mkdir()
        policies.yamlw(policies.map_policy(), folder / "ticket.yaml")
        port = http_load.free_port()
        addresses = {"httpListenAddr": f"127.0.0.1:{port}", "grpcListenAddr": f"127.0.0.1:{http_load.free_port()}"}
        settings = {
            "server": addresses,
            "storage": {"driver": "disk", "disk": {"directory": str(folder), "watchForChanges": False}},
            "telemetry": {"disabled": True},
        }
        config = self.folder / "cerbos.yaml"
        config.write_text(json.dumps(settings), encoding="utf-8")
        command = [binary, "server", f"--config={config}", "--log-level=error"]
        at = self.serve(command, port, "/_cerbos/health", {"CERBOS_NO_TELEMETRY": "1"})
        return self.cerbos_cases(At(f"{at.address}/api/check/resources", at.process), policies)

    def cerbos_cases(self, at: At, policies: Any) -> list[Case]:
        """A request of Cerbos has one principal: its batches hold tickets of one audience."""

        def body(tickets: Sequence[Any]) -> bytes:
            return json.dumps(policies.body(tickets, "map")).encode()

        by_audience = [[t for t in self.tickets if t["audience"] == audience] for audience in self.workload.AUD]
        fifties = [some[n : n + 50] for some in by_audience for n in range(0, len(some) - 49, 50)]
        answered = json.loads(http_load.post(at.address, body(fifties[0])))["results"]
        self.check("Cerbos", (policies.norm(one, "map") for one in answered), fifties[0])
        return [
            Case(SINGLE, "Cerbos, all cores", at.address, self.lua(body([t]) for t in self.tickets[:500]), at.process),
            Case(BATCH, "Cerbos, all cores, 50 tickets", at.address, self.lua(map(body, fifties)), at.process, 50),
        ]


def joined(requests: Sequence[bytes], count: int) -> list[bytes]:
    """Batches of so many lines."""
    return [b"\n".join(requests[at : at + count]) for at in range(0, len(requests), count)]


def measured(cases: Sequence[Case], rounds: int, seconds: float) -> dict[Case, http_load.Load]:
    """The medians of each case, the cases taking turns."""
    found: dict[Case, list[http_load.Load]] = {case: [] for case in cases}
    for case in cases:
        http_load.load(case.address, case.lua, 1, case.process, case.connections)
    for _ in range(rounds):
        for case in cases:
            found[case].append(http_load.load(case.address, case.lua, seconds, case.process, case.connections))
    return {
        case: http_load.Load(*(statistics.median(column) for column in zip(*loads, strict=True)))
        for case, loads in found.items()
    }


def show(found: Mapping[Case, http_load.Load], rounds: int, seconds: float) -> None:
    """The tables: single requests with ratios to each peer at the same number of workers, then batches."""
    for table in (SINGLE, BATCH):
        rows = {case: load for case, load in found.items() if case.table == table}
        if not rows:
            continue
        print(f"\n{table}; wrk -t1 -c{CONNECTIONS}, median of {rounds} rounds of {seconds:g} s, {os.cpu_count()} cores")
        print(f"{'':40}{'':29}{'CPU µs for a':>18}{'by rate':>26}{'by CPU':>24}")
        print(
            f"{'':40}{'tickets/s':>11}{'p50 ms':>9}{'p99 ms':>9}{'ticket':>9}{'call':>9}"
            f"{'× echo':>10}{'× zen':>8}{'× Cerbos':>10}{'× zen':>12}{'× Cerbos':>10}"
        )
        for case, load in rows.items():
            own = f"{case.name:40}{load.rate * case.tickets:>11,.0f}{load.p50:>9.2f}{load.p99:>9.2f}"
            print(f"{own}{load.cpu / case.tickets:>9.1f}{load.cpu:>9.0f}{ratios(case, load, rows)}")


def ratios(case: Case, load: http_load.Load, rows: Mapping[Case, http_load.Load]) -> str:
    """How a case compares with each peer: by tickets a second, and by tickets for the same processor time."""
    workers = "2 workers" if "2 workers" in case.name else "1 worker"
    echo = peer(rows, lambda name: name.startswith("plain") and workers in name)
    zen = peer(rows, lambda name: name.startswith("zen") and workers in name)
    cerbos = peer(rows, lambda name: name.startswith("Cerbos"))
    own = load.rate * case.tickets
    by_rate = [own / (other.load.rate * other.case.tickets) if other else None for other in (echo, zen, cerbos)]
    each = load.cpu / case.tickets
    by_cpu = [other.load.cpu / other.case.tickets / each if other and each else None for other in (zen, cerbos)]
    shown = zip([*by_rate, *by_cpu], (10, 8, 10, 12, 10), strict=True)
    return "".join(f"{'' if ratio is None else f'{ratio:.2f}':>{width}}" for ratio, width in shown)


class Measured(NamedTuple):
    """A case and what it came to."""

    case: Case
    load: http_load.Load


def peer(rows: Mapping[Case, http_load.Load], fits: Callable[[str], bool]) -> Measured | None:
    """The first case whose name fits."""
    return next((Measured(case, load) for case, load in rows.items() if fits(case.name)), None)


if __name__ == "__main__":
    sys.exit(main())
