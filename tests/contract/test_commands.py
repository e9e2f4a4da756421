"""The `deskpolicy` command: what it prints, for people and for programs, and how it ends."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api import encode_answer
from cli import app
from engine import Catalogue

ROOT = Path(__file__).parents[2]
SECONDS = 30
FRONT_DESK = """\
rulebook: front-desk
version: 1.0.0
in_force: {from: 2024-01-01}
title: Front desk
facts:
  ticket.urgency: {ordered: [low, high]}
admission:
  otherwise: {then: {outcome: accept}}
priority:
  rules:
    - {rule: urgent, when: {ticket.urgency: high}, then: {level: P1}}
"""
REQUEST: dict[str, Any] = {
    "rulebook": "front-desk",
    "at": "2026-11-23T09:30:00Z",
    "ticket": {"id": "Ж1", "urgency": "high"},
    "agent": {},
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder: `rules/` with one rulebook, and `request.json`."""
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    (tmp_path / "rules" / "front-desk").mkdir(parents=True)
    (tmp_path / "rules" / "front-desk" / "1.0.0.yaml").write_text(FRONT_DESK, encoding="utf-8")
    (tmp_path / "request.json").write_text(json.dumps(REQUEST), encoding="utf-8")
    return tmp_path


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=given, prog_name="deskpolicy")


def spawn(*arguments: str, desk: Path, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-W", "error", "-m", "cli", *arguments]
    environment = environment_of(options.pop("environment", {}))
    options = {"capture_output": True, **options}
    return subprocess.run(command, cwd=desk, env=environment, timeout=SECONDS, check=False, **options)


def environment_of(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **extra}


def one_line(result: Result, code: int = 2) -> str:
    """What a command that ends with `code` says: nothing on standard output, one line on standard error."""
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert result.stderr.startswith("deskpolicy: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("deskpolicy: ").rstrip("\n")


def on_a_terminal(*arguments: str, desk: Path, environment: Mapping[str, str]) -> str:
    """What a command prints when its standard output is a terminal."""
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "cli", *arguments]
    process = subprocess.Popen(command, cwd=desk, env=environment_of(environment), stdout=end, stderr=end)
    os.close(end)
    seen = b""
    try:
        while chunk := os.read(terminal, 65536):
            seen += chunk
    except OSError:  # Linux ends a closed terminal with EIO
        pass
    os.close(terminal)
    assert process.wait(SECONDS) in (0, 1)
    return seen.decode().replace("\r\n", "\n")


# decide


def test_decide_prints_the_bytes_of_the_service_and_a_line_feed(desk: Path) -> None:
    expected = encode_answer(Catalogue.load(desk / "rules").decide(REQUEST)) + b"\n"
    assert run("decide", "request.json").stdout_bytes == expected
    assert run("decide", "-", given=json.dumps(REQUEST).encode()).stdout_bytes == expected
    assert run("decide", "request.json", "--rules", "rules", "--engine", "bitmap").stdout_bytes == expected
    assert spawn("decide", "request.json", desk=desk, environment={"PYTHONIOENCODING": "ascii"}).stdout == expected


def test_decide_explains_when_asked(desk: Path) -> None:
    assert "trace" not in json.loads(run("decide", "request.json").stdout)
    assert json.loads(run("decide", "request.json", "--explain").stdout)["trace"]


def test_decide_indents_on_a_terminal(desk: Path) -> None:
    plain = on_a_terminal("decide", "request.json", desk=desk, environment={"NO_COLOR": "1", "TERM": "xterm"})
    assert plain.startswith('{\n  "rulebook": {')
    assert "\x1b" not in plain
    assert json.loads(plain)["decision"]["priority"]["level"] == "P1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the body is empty"),
        (b"\x7fELF\x02\x01\x01\x00", "byte 0"),
        (b"\xff\xfe\x00", "byte 0 is not UTF-8"),
        (b"rulebook: front-desk", "byte 0"),
        (b"[]", "a list"),
        (b'{"rulebook": "front-desk", "rulebook": "x"}', "/rulebook: `rulebook` is written more than once"),
        (b'{"rulebook": "front-desc"}', "front-desc"),
        (b'{"rulebook": "front-desk", "at": "1999-01-01T00:00:00Z"}', "force"),
        (b'{"rulebook": "front-desk", "ticket": {"urgency": "hihg"}}', "/ticket/urgency: "),
        (b'{"rulebook": "front-desk", "\\u001b[31m\\n": 1}', "\\x1b[31m"),
        (b" " * (1024 * 1024 + 1), "1,048,576 bytes"),
    ],
)
def test_decide_says_in_one_line_why_it_cannot(desk: Path, content: bytes, said: str) -> None:
    (desk / "request.json").write_bytes(content)
    line = one_line(run("decide", "request.json"))
    assert line.startswith("request.json: ")
    assert said in line
    assert said in one_line(run("decide", "-", given=content))


def test_decide_tells_every_fault(desk: Path) -> None:
    request = {**REQUEST, "tickett": {}, "ticket": {"urgency": "hihg"}}
    result = run("decide", "-", given=json.dumps(request).encode())
    assert (result.exit_code, result.stderr.count("deskpolicy: standard input: /ticket")) == (2, 2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("decide", "nowhere.json"), "nowhere.json: no such file or directory"),
        (("decide", "rules"), "rules: is a directory"),
        (("decide", "a\0b"), "not the name of a file"),
        (("decide", "request.json", "--rules", "nowhere"), "nowhere: no such folder"),
        (("decide", "request.json", "--rules", "request.json"), "request.json: not a folder"),
        (("decide",), "FILE.json"),
        (("decide", "request.json", "--engine", "magic"), "magic"),
        (("decide", "request.json", "--explian"), "--explian"),
        (("decide", "request.json", "other.json"), "other.json"),
        (("serve", "--port", "65536"), "--port"),
        (("serve", "--workers", "0"), "--workers"),
        (("serve", "--rules", "nowhere"), "nowhere: no such folder"),
        (("check", "nowhere"), "nowhere: no such file or folder"),
        (("check", "--format", "xml"), "xml"),
        (("lock", "--rules", "nowhere"), "nowhere: no such folder"),
        (("chekc",), "check"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_wrong_use_ends_with_2_and_one_line(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in one_line(run(*arguments))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(desk: Path) -> None:
    (desk / "request.json").chmod(0)
    assert "permission denied" in one_line(run("decide", "request.json"))


# check and lock


def spoil(desk: Path) -> None:
    file = desk / "rules" / "front-desk" / "1.0.0.yaml"
    file.write_text(FRONT_DESK.replace("ticket.urgency: high", "ticket.urgenci: high"), encoding="utf-8")


def test_check_finds_nothing_in_a_good_rulebook(desk: Path) -> None:
    result = run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "1 rulebook, 1 file: " in result.stdout.splitlines()[-1]
    assert run("check", "rules/front-desk/1.0.0.yaml").exit_code == 0
    assert "error" not in result.stdout


def test_check_shows_each_fault_with_its_place(desk: Path) -> None:
    spoil(desk)
    result = run("check", "rules")
    assert (result.exit_code, result.stderr) == (1, "")
    head, *_, summary = result.stdout.splitlines()
    assert head.startswith("rules/front-desk/1.0.0.yaml:11:")
    assert "`ticket.urgenci`" in head
    assert "^^^" in result.stdout
    assert "ticket.urgency" in result.stdout
    assert summary.startswith("1 rulebook, 1 file: 1 error")


def test_check_speaks_json_to_programs(desk: Path) -> None:
    assert json.loads(run("check", "--format", "json").stdout) == [] or run("check").exit_code == 0
    spoil(desk)
    result = run("check", "--format", "json")
    (found,) = [fault for fault in json.loads(result.stdout) if fault["severity"] == "error"]
    assert (result.exit_code, found["line"], found["file"]) == (1, 11, "rules/front-desk/1.0.0.yaml")


def test_check_colours_a_terminal_only(desk: Path) -> None:
    spoil(desk)
    assert "\x1b" not in run("check").stdout
    assert "\x1b[" in on_a_terminal("check", desk=desk, environment={"TERM": "xterm-256color"})


def test_faulty_rulebooks_end_other_commands_with_1(desk: Path) -> None:
    spoil(desk)
    for command in (("decide", "request.json"), ("serve",), ("lock",)):
        result = run(*command)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "1.0.0.yaml:11:" in result.stderr
        assert "1 error" in result.stderr


def test_a_locked_version_must_not_change(desk: Path) -> None:
    assert json.loads(run("lock", "--format", "json").stdout)["locked"]
    assert run("lock").stdout == "nothing new to lock\n"
    assert run("check").exit_code == 0
    file = desk / "rules" / "front-desk" / "1.0.0.yaml"
    file.write_text(FRONT_DESK.replace("level: P1", "level: P2"), encoding="utf-8")
    for command in ("check", "lock"):
        assert run(command).exit_code == 1


# The command itself


def test_help_lists_the_commands() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert all(f" {command} " in result.stdout for command in ("serve", "decide", "check", "lock", "version"))
    assert run().exit_code == 2


def test_every_command_and_option_stands_in_the_reference() -> None:
    reference = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    sections = {part.split("`")[0].split()[0]: part for part in reference.split("\n## `deskpolicy ")[1:]}
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.callback.__name__
        for option in set(run(name, "--help").stdout.replace("│", " ").split()):
            assert not option.startswith("--") or option == "--help" or f"`{option}" in sections[name], (name, option)


def test_it_tells_its_release() -> None:
    line = run("--version").stdout
    assert line.startswith("deskpolicy ")
    assert run("version").stdout == line
    assert json.loads(run("version", "--format", "json").stdout) == {"version": line.split()[1]}


def test_a_reader_that_goes_away_ends_it_quietly(desk: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = spawn("decide", "request.json", desk=desk, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_ctrl_c_ends_it_without_a_traceback(desk: Path) -> None:
    os.mkfifo(desk / "never.json")
    command = [sys.executable, "-m", "cli", "decide", "never.json"]
    with subprocess.Popen(command, cwd=desk, env=environment_of({}), stderr=subprocess.PIPE,
                          preexec_fn=heed_interrupts) as process:  # fmt: skip
        try:
            open_once_it_reads(desk / "never.json")
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert (process.returncode, said) == (130, b"deskpolicy: interrupted\n")


def heed_interrupts() -> None:
    """Take Ctrl-C also where the tests run in the background, and whatever they start is told to ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def open_once_it_reads(pipe: Path) -> None:
    """Wait until another process reads a named pipe, and leave it waiting for what never comes."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return
