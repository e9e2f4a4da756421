"""Reloads of a service that runs as a process, with one worker and with two: by call, by signal, by saving a file."""

import json
import signal
import time
from pathlib import Path

import pytest
from reload_kit import SECONDS, Served, put, serving, spoil, text


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A folder with one rulebook."""
    folder = tmp_path / "rules"
    put(folder, "first")
    return folder


def until(service: Served, to: str) -> None:
    """Wait until every one of several calls is answered with `to`."""
    end = time.monotonic() + SECONDS
    while {service.to() for _ in range(4)} != {to}:
        assert time.monotonic() < end, f"`{to}` never came"
        time.sleep(0.02)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_answer_to_a_reload_waits_for_every_worker(rules: Path, workers: str) -> None:
    with serving("--rules", str(rules), "--workers", workers) as service:
        for turn in range(10):
            put(rules, f"desk-{turn}")
            status, receipt = service.call("POST", "/v1/reload")
            assert (status, receipt["outcome"], receipt["generation"]) == (200, "replaced", turn + 2)
            assert [worker["worker"] for worker in receipt["workers"]] == list(range(1, int(workers) + 1))
            assert {worker["digest"] for worker in receipt["workers"]} == {receipt["digest"]}
            assert {service.to() for _ in range(6)} == {f"desk-{turn}"}, "no worker answers with the set before"
            ready = service.call("GET", "/readyz")[1]
            assert (ready["generation"], ready["digest"]) == (receipt["generation"], receipt["digest"])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_broken_or_half_written_set_is_refused_and_the_one_before_goes_on(
    rules: Path, tmp_path: Path, workers: str
) -> None:
    errors = tmp_path / "errors"
    with serving("--rules", str(rules), "--workers", workers, errors=errors) as service:
        digest = service.call("GET", "/readyz")[1]["digest"]
        spoil(rules)
        status, problem = service.call("POST", "/v1/reload")
        assert (status, problem["type"], problem["receipt"]["digest"]) == (422, "/problems/bad-rulebooks", digest)
        assert problem["errors"][0]["message"].startswith(f"{rules.as_posix()}/front-desk/1.0.0.yaml:5:")
        (rules / "front-desk" / "1.0.0.yaml").write_text(text("second")[:-30], encoding="utf-8")
        assert service.call("POST", "/v1/reload")[0] == 422
        assert {service.to() for _ in range(6)} == {"first"}
        assert service.call("GET", "/v1/reload")[1]["outcome"] == "refused"
        put(rules, "second")
        assert service.call("POST", "/v1/reload")[1]["outcome"] == "replaced"
        assert service.call("POST", "/v1/reload")[1]["outcome"] == "unchanged"
        assert {service.to() for _ in range(6)} == {"second"}
    logged = errors.read_text(encoding="utf-8")
    assert "reload refused" in logged
    assert "reload: replaced" in logged
    assert "Traceback" not in logged


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_signal_hup_reloads(rules: Path, workers: str) -> None:
    with serving("--rules", str(rules), "--workers", workers) as service:
        put(rules, "second")
        service.process.send_signal(signal.SIGHUP)
        until(service, "second")
        assert service.process.poll() is None


@pytest.mark.parametrize("workers", ["1", "2"])
def test_saving_a_file_reloads_where_the_folder_is_watched(rules: Path, workers: str) -> None:
    with serving("--rules", str(rules), "--workers", workers, "--watch") as service:
        put(rules, "second")
        until(service, "second")
        spoil(rules)
        end = time.monotonic() + SECONDS
        while service.call("GET", "/v1/reload")[1]["outcome"] != "refused":
            assert time.monotonic() < end
            time.sleep(0.02)
        assert service.to() == "second"
        put(rules, "third")
        until(service, "third")
        put(rules, "elsewhere", "back-desk")
        while len(service.call("GET", "/v1/rulebooks")[1]["rulebooks"]) != 2:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_batch_ends_with_the_set_it_began_with(rules: Path) -> None:
    with serving("--rules", str(rules)) as service:
        connection = service.connect()
        line = json.dumps({"rulebook": "front-desk", "at": "2026-11-23T09:30:00Z"}).encode() + b"\n"
        connection.putrequest("POST", "/v1/decide/batch")
        connection.putheader("Content-Type", "application/x-ndjson")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        connection.send(b"%x\r\n%s\r\n" % (len(line), line))
        time.sleep(0.3)  # its first line is being answered
        put(rules, "second")
        assert service.call("POST", "/v1/reload")[1]["outcome"] == "replaced"
        connection.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(line), line))
        answers = [json.loads(answer) for answer in connection.getresponse().read().splitlines()]
        connection.close()
        assert [answer["decision"]["admission"]["to"] for answer in answers] == ["first", "first"]
        assert service.to() == "second"
