"""OpenTelemetry: one span for each call, by the semantic conventions for HTTP servers.

The library is an extra and is imported here only when traces are wanted. Where they go, how many are taken and what the
service is called there is said by its own `OTEL_…` variables.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Final

from ..call import Call, TraceContext
from ..observers import Decided
from ..release import VERSION
from .context import trace_context
from .figures import head_of, rulebook_in
from .names import METHODS

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider

_SERVER_ERROR: Final = 500


class TracingUnavailable(Exception):
    """Traces are wanted and OpenTelemetry is not installed; the message says what to do."""


class Traces:
    """Makes the spans: a watcher of calls, with an observer of decisions that tells which rulebook they are of."""

    def __init__(self, template: Callable[[str], str], provider: "TracerProvider | None" = None) -> None:
        """`provider` takes the spans; left out: one that exports over OTLP and HTTP. Raises TracingUnavailable."""
        self._template = template
        self._provider = provider or _exporting_provider()
        self._tracer = self._provider.get_tracer("deskpolicy", VERSION)

    def observe(self, decided: Decided) -> None:
        """Note which rulebook decided."""
        decided.call.rulebook = head_of(decided.answer)
        decided.call.decisions += 1

    def __call__(self, call: Call, status: int, size: int) -> None:
        """Make the span of a call that is over."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        ended = time_ns()
        route = self._template(call.path)
        span = self._tracer.start_span(
            f"{_method(call)} {route}",
            context=_parent(call),
            kind=SpanKind.SERVER,
            start_time=ended - (perf_counter_ns() - call.started),
            attributes={
                "http.request.method": _method(call),
                "http.route": route,
                "url.scheme": call.scheme,
                "url.path": call.path,
                "deskpolicy.request_id": call.id,
            },
        )
        context = span.get_span_context()
        call.trace = TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", context.trace_flags.sampled)
        if span.is_recording():
            span.set_attributes(_outcome(call, status, size))
            if status >= _SERVER_ERROR:
                span.set_status(Status(StatusCode.ERROR))
        span.end(ended)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """At the end, export what still waits."""
        try:
            yield
        finally:
            self._provider.shutdown()


def require_tracing() -> None:
    """Raise TracingUnavailable where OpenTelemetry is not installed."""
    _exporting_provider().shutdown()


def _exporting_provider() -> "TracerProvider":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise TracingUnavailable(
            f"`tracing.enabled` needs OpenTelemetry, which is an extra: pip install '.[otel]' ({error})"
        ) from None
    # what `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say goes before the name given here
    named = Resource({"service.name": "deskpolicy", "service.version": VERSION})
    said = Resource.create()
    unnamed = {key: value for key, value in said.attributes.items() if value != "unknown_service"}
    provider = TracerProvider(resource=named.merge(Resource(unnamed)), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _method(call: Call) -> str:
    return call.method if call.method in METHODS else "_OTHER"


def _parent(call: Call) -> "Context":
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    sent = trace_context(call.traceparent)
    if sent is None:
        return Context()
    flags = TraceFlags(TraceFlags.SAMPLED if sent.is_sampled else TraceFlags.DEFAULT)
    remote = SpanContext(int(sent.trace_id, 16), int(sent.span_id, 16), is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _outcome(call: Call, status: int, size: int) -> dict[str, Any]:
    found: dict[str, Any] = {"http.response.body.size": size}
    if status:
        found["http.response.status_code"] = status
    if status >= _SERVER_ERROR:
        found["error.type"] = str(status)
    if call.caller is not None:
        found["enduser.id"] = call.caller.id
    if call.rulebook is not None:
        rulebook = rulebook_in(call.rulebook)
        found["deskpolicy.rulebook.id"] = rulebook.id
        found["deskpolicy.rulebook.version"] = rulebook.version
        found["deskpolicy.rulebook.digest"] = rulebook.digest
        found["deskpolicy.decisions"] = call.decisions
    return found
