"""Never a traceback: whatever the bytes of a rulebook are, the answer is diagnostics, or a rulebook that decides.

The examples come from seeded generators, not from hypothesis: ten thousand of them must run within a minute.
"""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from faulty_rulebooks import SCALARS, SMALL, keys_of, mutate, soup
from hypothesis import settings

from engine import CODES, Catalogue, RequestRefused, read_source
from engine.decision import compile_rulebook, decide
from engine.decision.files import RulebookFile, read_bytes
from engine.facts import Closed, Duration, FactType, Instant, Number, SetOf, Truth, parse_instant

ROOT = Path(__file__).parents[2]
DEPTH = max(1, settings().max_examples // 60)
"""How many times over the examples run: once by default, more often in the `deep` profile."""
RULEBOOKS = sorted(ROOT.glob("rules/*/1.0.0.yaml"))
AT = "2026-11-23T10:00:00Z"


def _holds(name: str, raw: bytes) -> RulebookFile:
    """Read, and check that what comes out can be used."""
    file = read_bytes(name, raw)
    assert (file.rulebook is None) == bool(file.faults), raw
    for fault in file.faults:
        assert fault.code in CODES
        assert fault.span.line >= 1 <= fault.span.column
        assert "\n" not in fault.message
    return file


@pytest.mark.parametrize("seed", range(10))
def test_any_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1_000 * DEPTH):
        _holds("rulebook.yaml", soup(chance))


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.parent.name)
def test_damaged_files(path: Path) -> None:
    """Real files with bytes dropped, doubled, swapped and replaced."""
    text = path.read_bytes()
    chance = random.Random(path.parent.name)
    for _ in range(15 * DEPTH):
        raw = bytearray(text)
        for _ in range(chance.randrange(1, 4)):
            at, length = chance.randrange(len(raw)), chance.randrange(1, 30)
            piece = raw[at : at + length]
            raw[at : at + length] = chance.choice((b"", piece * 2, chance.randbytes(2), b"\n", b": ", b"["))
        _holds(path.name, bytes(raw))


def _values(kind: FactType) -> list[Any]:
    """Values that fit a type."""
    match kind:
        case Closed():
            return list(kind.values[:5])
        case Truth():
            return [True, False]
        case Number():
            low = kind.at_least or 0
            return [low, low + 1, low + (1 if kind.whole else 1.5)]
        case Duration():
            return ["PT0S", "PT5H", "P2D"]
        case Instant():
            return [AT, "2026-11-20T21:00:00+03:00", "2026-11-24T00:00:00Z"]
        case SetOf():
            return [[], list(kind.values[:2] if kind.values else ("vip", "x"))]
    return ["ana", "how to do it: it is down", "", "Ж"]


def _request(types: Any, chance: random.Random) -> dict[str, Any]:
    """A request in a rulebook's words, with now and then a value that does not fit."""
    parts: dict[str, Any] = {}
    for group in ("ticket", "requester", "agent"):
        part: dict[str, Any] = {}
        for name in (group, f"{group}.fields"):
            into = part if name == group else part.setdefault("fields", {})
            for fact, kind in types[name].items():
                if chance.random() < 0.5:
                    into[fact] = chance.choice(_values(kind)) if chance.random() < 0.97 else chance.choice(SCALARS)
        parts[group] = part
    parts["ticket"]["messages"] = [
        {"at": AT, "from": chance.choice(("agent", "requester")), "channel": "email"}
        for _ in range(chance.randrange(3))
    ]
    parts["ticket"]["states"] = [
        {"at": chance.choice((AT, "2026-11-20T00:00:00Z")), "state": chance.choice(("open", "pending", "done"))}
        for _ in range(chance.randrange(3))
    ]
    parts["ticket"]["waits"] = chance.choice(([], [{"from": AT}], [{"from": "2026-11-20T00:00:00Z", "until": AT}]))
    roster = [{"id": name, "online": chance.random() < 0.5, "group": "g-slow"} for name in ("ana", "bo")]
    return {**parts, "roster": roster, "ask": chance.choice(({}, {"to": "client"})), "explain": chance.random() < 0.5}


def _decides(file: RulebookFile, chance: random.Random) -> None:
    """A rulebook that was read compiles, and answers or refuses."""
    assert file.rulebook is not None
    book = compile_rulebook(file.rulebook)
    for _ in range(3):
        try:
            answer = decide(book, _request(book.types, chance), parse_instant(AT), ())
        except RequestRefused:
            continue
        json.dumps(answer)


def _data(raw: bytes) -> Any:
    source, faults = read_source("rulebook.yaml", raw)
    assert source is not None
    assert not faults
    return source.data


def test_the_small_rulebook_is_sound() -> None:
    file = _holds("rulebook.yaml", SMALL.encode())
    assert not file.faults
    _decides(file, random.Random(0))


@pytest.mark.parametrize("seed", range(12))
def test_mutations_of_a_small_rulebook(seed: int) -> None:
    whole, chance = _data(SMALL.encode()), random.Random(seed)
    keys, good = sorted(keys_of(whole)), 0
    for _ in range(200 * DEPTH):
        data = copy.deepcopy(whole)
        for _ in range(chance.randrange(1, 4)):
            mutate(data, keys, chance)
        file = _holds("rulebook.yaml", json.dumps(data, ensure_ascii=chance.random() < 0.5).encode())
        if file.rulebook:
            _decides(file, chance)
            good += 1
    assert good


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.parent.name)
def test_mutations_of_the_rulebooks(path: Path) -> None:
    whole, chance = _data(path.read_bytes()), random.Random(path.parent.name)
    keys = sorted(keys_of(whole))
    for _ in range(30 * DEPTH):
        data = copy.deepcopy(whole)
        for _ in range(chance.randrange(1, 4)):
            mutate(data, keys, chance)
        file = _holds(path.name, json.dumps(data).encode())
        if file.rulebook:
            _decides(file, chance)


def test_the_rulebooks_themselves_decide() -> None:
    assert Catalogue.load(ROOT / "rules").summaries()
