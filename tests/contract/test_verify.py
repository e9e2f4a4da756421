"""`deskpolicy verify`: logged decisions made again. Never a difference that is none, never one passed over."""

import asyncio
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from service_kit import AT, DESK, REQUEST, decided, draft, running, write_rules
from typer.testing import CliRunner, Result

from api import Settings
from api.settings import DecisionLog, Log
from cli import app

ROOT = Path(__file__).parents[2]
REQUESTS: list[dict[str, Any]] = [
    REQUEST,
    {**REQUEST, "language": "ru", "explain": True},
    {"rulebook": "front-desk"},
    {**REQUEST, "version": "2.0.0", "ticket": {"urgency": "low"}},
    {**REQUEST, "ticket": {"urgency": "high", "fields": {"contact": "Анна"}}, "ask": {"disclose": []}},
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with `rules/`."""
    monkeypatch.chdir(tmp_path)
    write_rules(tmp_path, v2_0_0=draft("2.0.0", ("level: P2", "level: P3")))
    return tmp_path


def write_log(desk: Path, name: str = "log.jsonl", requests: list[dict[str, Any]] | None = None, **log: Any) -> Path:
    """The log of a service that answered these requests."""
    log = {"to": "file", "path": str(desk / name), **log}
    texts = log.pop("texts", False)
    settings = Settings(decisions=DecisionLog(**log), log=Log(calls="none", texts=texts))

    async def run() -> None:
        async with running(desk / "rules", settings) as (_, client, _):
            for request in requests or REQUESTS:
                await decided(client, request, **{"accept-language": "ru-RU, en;q=0.1"})

    asyncio.run(run())
    return desk / name


def verify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)], prog_name="deskpolicy")


def found(*arguments: str | Path) -> tuple[int, dict[str, Any]]:
    result = verify(*arguments, "--format", "json")
    assert result.stderr == "", result.output
    assert result.stdout, result.exception
    return result.exit_code, json.loads(result.stdout)


def tamper(file: Path, change: Callable[[dict[str, Any]], None], line: int = 0) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[line])
    change(record)
    lines[line] = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("to", ["file", "parquet"])
@pytest.mark.parametrize("engine", ["bitmap", "rete"])
def test_what_was_logged_is_decided_the_same(desk: Path, to: str, engine: str) -> None:
    if engine == "rete":
        pytest.importorskip("durable", reason="durable-rules is not installed", exc_type=ImportError)
    code, said = found(write_log(desk, "log", to=to), "--engine", engine)
    assert (code, said["decisions"], said["same"]) == (0, len(REQUESTS), len(REQUESTS))
    result = verify(desk / "log")
    assert (result.exit_code, result.stdout) == (0, f"{len(REQUESTS)} decisions: {len(REQUESTS)} the same\n")


def test_it_reads_rotated_and_packed_files_and_folders(desk: Path) -> None:
    write_log(desk, "logs/log.jsonl", REQUESTS * 10, rotate=4096, keep=100)
    files = list((desk / "logs").iterdir())
    assert len(files) > 10
    packed = desk / "logs" / "log.1.jsonl.3"
    packed.with_name(packed.name + ".gz").write_bytes(gzip.compress(packed.read_bytes()))
    packed.unlink()
    for log in ([desk / "logs" / "log.jsonl"], [desk / "logs"], list((desk / "logs").iterdir())):
        code, said = found(*log)
        assert (code, said["files"], said["same"]) == (0, len(files), len(REQUESTS) * 10)


def test_a_changed_decision_is_told_with_both_values(desk: Path) -> None:
    write_log(desk)
    tamper(desk / "log.1.jsonl", lambda record: record["decision"]["priority"].update(level="P4"), 1)
    code, said = found(desk / "log.jsonl")
    assert (code, said["same"], said["different"], said["parts"]) == (1, len(REQUESTS) - 1, 1, {"priority": 1})
    (difference,) = said["differences"]
    assert difference["line"] == 2
    (part,) = difference["parts"]
    assert (part["recorded"]["level"], part["decided"]["level"]) == ("P4", "P1")
    result = verify(desk / "log.jsonl")
    assert result.exit_code == 1
    assert "log.1.jsonl:2" in result.stdout
    assert '"P4"' in result.stdout
    assert '"P1"' in result.stdout


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda record: record["request"]["ticket"].update(urgency="low"), "request_digest"),
        (lambda record: record.update(languages=["en"]), "request_digest"),
        (lambda record: record["decision"].pop("sla"), "sla"),
        (lambda record: record["decision"].update(extra=1), "extra"),
        (lambda record: record.update(decision=None), "decision"),
        (lambda record: record["masked"].append("/decision/priority/level"), None),
    ],
)
def test_other_changes_are_seen_too(desk: Path, change: Callable[[dict[str, Any]], None], part: str | None) -> None:
    write_log(desk)
    tamper(desk / "log.1.jsonl", change)
    code, said = found(desk / "log.jsonl")
    assert code == (part is not None)
    assert said["parts"] == ({} if part is None else {part: 1})


def test_saying_that_a_changed_part_is_masked_does_not_hide_it(desk: Path) -> None:
    write_log(desk)

    def change(record: dict[str, Any]) -> None:
        record["masked"].append("/decision/priority/level")
        record["decision"]["priority"]["level"] = "sha256:00"

    tamper(desk / "log.1.jsonl", change)
    assert found(desk / "log.jsonl")[0] == 1


def test_at_most_ten_differences_are_shown_and_all_counted(desk: Path) -> None:
    write_log(desk, requests=[REQUEST] * 15)
    for line in range(12):
        tamper(desk / "log.1.jsonl", lambda record: record["decision"]["priority"].update(level="P4"), line)
    code, said = found(desk / "log.jsonl")
    assert (code, said["different"], len(said["differences"])) == (1, 12, 10)


def test_a_version_that_says_something_else_now_is_not_decided_with(desk: Path) -> None:
    write_log(desk)
    file = desk / "rules" / "front-desk" / "1.0.0.yaml"
    file.write_text(DESK.replace("level: P2", "level: P4"), encoding="utf-8")
    code, said = found(desk / "log.jsonl")
    assert (code, said["same"], said["different"], said["unavailable"]) == (0, 1, 0, len(REQUESTS) - 1)
    (version,) = said["unavailable_versions"]
    assert version["digest"] != version["digest_now"]
    (desk / "rules" / "front-desk" / "2.0.0.yaml").unlink()
    code, said = found(desk / "log.jsonl")
    assert (code, said["unavailable"]) == (0, len(REQUESTS))
    assert [one["digest_now"] for one in said["unavailable_versions"] if one["version"] == "2.0.0"] == [None]
    assert "it is not there" in verify(desk / "log.jsonl").stdout


LIFT = "    - {rule: lift, when: {ticket.text: {contains: lift}}, then: {do: call_the_lift_man}}\n"
READS_TEXT = ("obligations:\n  rules:\n", f"obligations:\n  rules:\n{LIFT}")


def test_a_masked_text_that_a_rule_reads_is_never_a_false_difference(desk: Path) -> None:
    """The text decided; it is hidden; so the record cannot be decided again, and is told to be one of those."""
    (desk / "rules" / "front-desk" / "2.0.0.yaml").write_text(draft("2.0.0", READS_TEXT), encoding="utf-8")
    write_log(desk, requests=[REQUEST, {**REQUEST, "version": "2.0.0"}, {"rulebook": "front-desk", "version": "2.0.0"}])
    code, said = found(desk / "log.jsonl")
    assert (code, said["same"], said["different"], said["masked"]) == (0, 2, 0, 1)
    assert said["masked_facts"] == [
        {"rulebook": "front-desk", "version": "2.0.0", "masked": ["/ticket/text"], "count": 1}
    ]
    assert "/ticket/text" in verify(desk / "log.jsonl").stdout
    whole = write_log(desk, "whole.jsonl", [{**REQUEST, "version": "2.0.0"}], texts=True, mask=())
    assert found(whole)[1]["same"] == 1


@pytest.mark.parametrize(
    ("mask", "outcome"),
    [
        ("/ticket/fields/room", "same"),
        ("/ticket/fields/contact", "masked"),
        ("/ticket/fields", "masked"),
        ("/ticket", "masked"),
        ("/ticket/created_at", "masked"),
        ("/requester/relation", "masked"),
        ("/requester/language", "masked"),
        ("/roster/*/id", "masked"),
        ("/agent/id", "same"),
        ("/agent/fields/none", "same"),
    ],
)
def test_what_is_read_without_being_named_counts_as_read(desk: Path, mask: str, outcome: str) -> None:
    request = {
        **REQUEST,
        "ticket": {"urgency": "high", "created_at": AT, "fields": {"room": "12", "contact": "Bo"}},
        "requester": {"relation": "client", "language": "ru"},
        "roster": [{"id": "ana"}, {"id": "bo"}],
        "agent": {"id": "ana"},
    }
    code, said = found(write_log(desk, requests=[request], mask=(mask,)))
    assert (code, said[outcome]) == (0, 1)


def test_a_text_covered_in_the_decision_is_no_difference(desk: Path) -> None:
    """The rulebook itself says `front`, and so does a masked text: only the log cannot tell them apart."""
    says = ("{ticket.fields.contact}", "front")
    (desk / "rules" / "front-desk" / "2.0.0.yaml").write_text(draft("2.0.0", says), encoding="utf-8")
    request = {**REQUEST, "version": "2.0.0", "ticket": {"urgency": "high", "subject": "front"}}
    write_log(desk, requests=[request])
    assert "/decision/obligations/0/with/who" in (desk / "log.1.jsonl").read_text(encoding="utf-8")
    assert found(desk / "log.jsonl") == (0, {**found(desk / "log.jsonl")[1], "same": 1, "different": 0})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "not JSON"),
        (b"\xff\xfe", ""),
        (b"[]", ""),
        (b"deskpolicy 0.1.0 at http://127.0.0.1:8080", "not JSON"),
        (b'{"kind":"decision","format":2}', "format"),
        (b'{"kind":"other"}', ""),
        (b'{"kind":"decision","format":1}', "missing"),
    ],
)
def test_lines_that_cannot_be_read_are_told_by_their_number(desk: Path, line: bytes, why: str) -> None:
    write_log(desk)
    file = desk / "log.1.jsonl"
    first, *rest = file.read_bytes().splitlines()
    file.write_bytes(b"\n".join([first, b"", line, *rest]) + b"\n")
    code, said = found(file)
    assert (code, said["same"], said["unreadable"]) == (1, len(REQUESTS), 1)
    assert said["unreadable_lines"][0]["line"] == 3
    assert why in said["unreadable_lines"][0]["why"]
    assert "log.1.jsonl:3" in verify(file).stdout.replace("\n", "")


def test_a_line_that_was_cut_off_spoils_no_other(desk: Path) -> None:
    file = write_log(desk).with_name("log.1.jsonl")
    file.write_bytes(file.read_bytes()[:-100])
    write_log(desk)
    code, said = found(file)
    assert (code, said["same"], said["unreadable"]) == (1, 2 * len(REQUESTS) - 1, 1)


def test_files_that_are_cut_off_or_no_logs_at_all(desk: Path) -> None:
    write_log(desk)
    packed = gzip.compress((desk / "log.1.jsonl").read_bytes())
    (desk / "cut.jsonl.gz").write_bytes(packed[: len(packed) - 20])
    (desk / "no.parquet").write_bytes(b"PAR1")
    for name in ("cut.jsonl.gz", "no.parquet"):
        code, said = found(desk / name)
        assert (code, said["unreadable"]) == (1, 1), name


def test_whatever_stands_in_a_log_it_does_not_break(desk: Path) -> None:
    file = write_log(desk).with_name("log.1.jsonl")
    whole, chance = file.read_bytes(), random.Random(7)
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        file.write_bytes(broken)
        code, said = found(file)
        assert said["decisions"] + said["unreadable"] + said["shadows"] >= 1
        assert code in (0, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl: no decision log is found"),
        ((), "LOG"),
        (("log.1.jsonl", "--rules", "nowhere"), "nowhere: no such folder"),
        (("log.1.jsonl", "--engine", "magic"), "magic"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    write_log(desk)
    result = verify(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_faulty_rulebooks_end_it_with_1_and_their_faults(desk: Path) -> None:
    write_log(desk)
    (desk / "rules" / "front-desk" / "2.0.0.yaml").write_text("rulebook: front-desk\nversion: 2.0.0\nx: y\n", "utf-8")
    result = verify("log.1.jsonl")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "2.0.0.yaml:3:" in result.stderr
