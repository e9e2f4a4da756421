"""OpenTelemetry: the span of each call, and what is said where the extra is not installed."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import Settings, Shelf, app_over, build_service
from api.settings import Tracing
from api.telemetry import traces
from engine import Catalogue

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra `otel` is not installed")
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: E402
from opentelemetry.trace import SpanKind, StatusCode  # noqa: E402

RULES = Path(__file__).parents[2] / "rules"
AT = "2026-11-23T09:30:00Z"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
REQUEST = {"rulebook": "internal-it", "at": AT}
SECONDS = 30


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load(RULES)


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans go instead of over the network."""
    exporter = InMemorySpanExporter()
    provider = sdk.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(traces, "_exporting_provider", lambda: provider)
    return exporter


def spans(catalogue: Catalogue, exported: InMemorySpanExporter, *calls: tuple[str, str, dict[str, Any]]) -> list[Any]:
    service = build_service(Shelf(catalogue), Settings(tracing=Tracing(enabled=True)))

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="https://desk") as client:
            for method, path, options in calls:
                await client.request(method, path, **options)

    asyncio.run(run())
    return list(exported.get_finished_spans())


def test_a_decision_is_a_server_span_within_the_callers_trace(
    catalogue: Catalogue, exported: InMemorySpanExporter
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01", "x-request-id": "order-7"}
    (span,) = spans(catalogue, exported, ("POST", "/v1/decide", {"json": REQUEST, "headers": headers}))
    assert (span.name, span.kind) == ("POST /v1/decide", SpanKind.SERVER)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert (f"{span.parent.span_id:016x}", span.parent.is_remote) == (SPAN, True)
    assert 0 < span.end_time - span.start_time < SECONDS * 1e9
    attributes = dict(span.attributes)
    assert attributes.pop("http.response.body.size") > 100
    assert attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/decide",
        "url.scheme": "https",
        "url.path": "/v1/decide",
        "http.response.status_code": 200,
        "deskpolicy.request_id": "order-7",
        "deskpolicy.rulebook.id": "internal-it",
        "deskpolicy.rulebook.version": "1.0.0",
        "deskpolicy.rulebook.digest": catalogue.describe("internal-it", "1.0.0")["digest"],
        "deskpolicy.decisions": 1,
    }


def test_a_batch_is_one_span_that_tells_how_many_decisions_it_holds(
    catalogue: Catalogue, exported: InMemorySpanExporter
) -> None:
    body = "\n".join([json.dumps(REQUEST)] * 3 + ["{"])
    options = {"content": body, "headers": {"content-type": "application/jsonl"}}
    (span,) = spans(catalogue, exported, ("POST", "/v1/decide/batch", options))
    assert span.attributes["deskpolicy.decisions"] == 3


def test_without_a_valid_trace_context_a_call_begins_a_trace(
    catalogue: Catalogue, exported: InMemorySpanExporter
) -> None:
    options = {"headers": {"traceparent": f"00-{'0' * 32}-{SPAN}-01"}}
    first, second = spans(catalogue, exported, ("GET", "/healthz", options), ("GET", "/nowhere?secret=1", {}))
    assert first.parent is None
    assert first.context.trace_id != second.context.trace_id
    assert second.name == "GET other"
    assert second.status.status_code == StatusCode.UNSET
    assert "secret" not in second.to_json()


def test_a_fault_of_the_service_is_an_error(exported: InMemorySpanExporter) -> None:
    class Broken(Catalogue):
        def decide_json(self, *_: Any, **__: Any) -> bytes:
            raise RuntimeError("broken")

    (span,) = spans(Broken([]), exported, ("POST", "/v1/decide", {"json": REQUEST}))
    assert span.status.status_code == StatusCode.ERROR
    assert span.attributes["error.type"] == "500"


def test_by_default_no_spans_are_made(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise AssertionError("nobody asked for traces")

    monkeypatch.setattr(traces, "_exporting_provider", fail)
    app_over(catalogue)


def test_without_the_extra_it_says_so_and_does_not_start(tmp_path: Path) -> None:
    settings = tmp_path / "service.yaml"
    settings.write_text("tracing: {enabled: true}\nlisten: {port: 0}\n", encoding="utf-8")
    code = (
        "import sys\nsys.modules['opentelemetry.sdk'] = None  # FastAPI itself needs the rest\n"
        f"sys.argv = ['deskpolicy', 'serve', '--rules', {str(RULES)!r}, '--settings', {str(settings)!r}]\n"
        "from cli import main\nmain()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=SECONDS)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("deskpolicy: `tracing.enabled` needs OpenTelemetry")
    assert "[otel]" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that takes what is exported: its address, and what came."""
    came: list[tuple[str, bytes]] = []

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", came
        server.shutdown()
        thread.join(SECONDS)


def test_spans_are_exported_over_otlp_as_the_environment_says(
    catalogue: Catalogue, collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, came = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=the-desk")
    service = build_service(Shelf(catalogue), Settings(tracing=Tracing(enabled=True)))

    async def run() -> None:
        async with (
            service.router.lifespan_context(service),
            httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://desk") as client,
        ):
            await client.post("/v1/decide", json=REQUEST)

    asyncio.run(run())
    paths = {path for path, _ in came}
    sent = b"".join(body for _, body in came)
    assert paths == {"/v1/traces"}
    assert b"POST /v1/decide" in sent
    assert b"the-desk" in sent
    assert b"deskpolicy.rulebook.digest" in sent
