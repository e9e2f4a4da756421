"""The engine reads no clock, no environment and no network, and answers alike in every process and thread."""

import ast
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rulebook_kit import as_bytes

from engine import Catalogue

ROOT = Path(__file__).parents[2]
OFFICE_HOURS, NIGHT = "2026-11-23T11:00:00+03:00", "2026-11-23T02:00:00+03:00"

REQUESTS: list[dict[str, Any]] = [
    {
        "rulebook": "internal-it", "version": "1.0.0", "at": at, "explain": True, "language": language,
        "ticket": {"id": f"T{i}", "channel": channel, "category": category, "urgency": urgency, "status": "open",
            "tags": ["b", "a"],
                   "created_at": "2026-11-20T15:00:00+03:00", "waits": [{"from": "2026-11-22T15:00:00+03:00"}],
                   "fields": {"nature": nature, "needs": "product_team", "mass_problem": i % 2 == 0}},
        "requester": {"relation": relation, "role": "employee"},
        "roster": [{"id": name, "online": True, "in_distribution": True, "skills": ["x", "y"]} for name in ("bo",
            "ana", "cy")],
    }
    for i, (at, language, channel, category, urgency, nature, relation) in enumerate(
        (at, language, channel, category, urgency, nature, relation)
        for at in (OFFICE_HOURS, NIGHT)
        for language in ("en", "ru")
        for channel in ("hm", "doc-24-7", "group-chat")
        for category in ("product_service", "other_peoples_duties")
        for urgency, nature in (("critical", "systemic_failure"), (None, "how_to"))
        for relation in ("employee", "client", None)
    )
]  # fmt: skip

POISONED = """
import json, sys
requests = json.load(sys.stdin)

from engine import Catalogue
catalogue = Catalogue.load("rules")

import builtins, datetime, io, os, random, socket, threading, time, urllib.request

def poisoned(*args, **kwargs):
    raise AssertionError("the engine must not do this while it decides")

for module, names in (
    (time, ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "localtime", "gmtime", "sleep", "tzset")),
    (os, ("getenv", "open", "stat", "listdir", "urandom", "getpid", "putenv", "scandir")),
    (socket, ("socket", "create_connection", "getaddrinfo", "gethostname")),
    (random, ("random", "getrandbits", "choice", "shuffle")),
    (urllib.request, ("urlopen",)),
    (builtins, ("open", "input", "print")),
    (io, ("open",)),
    (threading, ("Thread",)),
):
    for name in names:
        setattr(module, name, poisoned)

class NoEnvironment(dict):
    def __missing__(self, key):
        poisoned()
    __getitem__ = get = __contains__ = __iter__ = lambda self, *_: poisoned()

os.environ = NoEnvironment()

class NoNow(datetime.datetime):
    now = utcnow = today = classmethod(poisoned)

datetime.datetime = NoNow
import engine.facts.values
assert not hasattr(engine.facts.values, "time")

for request in requests:
    sys.stdout.write(json.dumps(catalogue.decide(request), ensure_ascii=False) + "\\n")
"""


def answered_by(script: str, **environment: str) -> list[bytes]:
    """What a fresh process answers to the requests."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], input=json.dumps(REQUESTS).encode(), capture_output=True,
            check=False,
        cwd=ROOT, env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def here() -> list[bytes]:
    """What this process answers."""
    catalogue = Catalogue.load(ROOT / "rules")
    return [as_bytes(catalogue.decide(request)) for request in REQUESTS]


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0", "TZ": "UTC"},
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kamchatka"},
        {"PYTHONHASHSEED": "4294967295", "TZ": "America/Los_Angeles", "LC_ALL": "C", "LANG": "ru_RU.UTF-8"},
    ],
    ids=["seed 0, UTC", "seed 1, Kamchatka", "last seed, Los Angeles"],
)
def test_another_process_with_nothing_to_look_at_answers_alike(environment: dict[str, str], here: list[bytes]) -> None:
    assert answered_by(POISONED, **environment) == here


def test_eight_threads_answer_as_one_does(here: list[bytes]) -> None:
    catalogue = Catalogue.load(ROOT / "rules")  # cold: what it prepares at first use, the threads prepare at once
    order = [(turn * 11 + n) % len(REQUESTS) for turn in range(8) for n in range(len(REQUESTS))]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda n: as_bytes(catalogue.decide(REQUESTS[n])), order))
    assert found == [here[n] for n in order]


def test_a_request_is_left_as_it_was() -> None:
    catalogue = Catalogue.load(ROOT / "rules")
    for request in REQUESTS[:20]:
        before = json.dumps(request)
        catalogue.decide(request)
        assert json.dumps(request) == before


@pytest.mark.parametrize("path", sorted((ROOT / "engine").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_the_engine_names_a_clock_or_the_environment(path: Path) -> None:
    named = {
        node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert named.isdisjoint(
        {"now", "utcnow", "today", "environ", "getenv", "urandom", "monotonic", "perf_counter", "localtime"}
    )
