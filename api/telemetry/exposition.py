"""`GET /metrics`: the figures in the text formats of Prometheus and OpenMetrics. Knows not how they come about."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from .board import Snapshot
from .names import BOUNDS, METRICS, Sample
from .names import Metric as Known

PATH = "/metrics"

_PROCESS = ProcessCollector(registry=CollectorRegistry())
_LIMITS = [*(f"{bound:g}" if bound % 1 else f"{bound:.1f}" for bound in BOUNDS), "+Inf"]


def process_samples() -> Iterator[Sample]:
    """What the system says of this process; nothing where it does not say."""
    known = {metric.name for metric in METRICS}
    for family in _PROCESS.collect():
        for sample in family.samples:
            if sample.name in known:
                yield Sample(sample.name, (), sample.value)


def metrics_routes(figures: Callable[[], Awaitable[Snapshot]]) -> APIRouter:
    """The route that shows the figures."""
    routes = APIRouter(tags=["health"])
    content: dict[str, Any] = {"text/plain": {"schema": {"type": "string"}}}

    @routes.get(
        PATH,
        operation_id="getMetrics",
        summary="Metrics",
        response_class=Response,
        responses={200: {"description": "OK", "content": content}},
    )
    async def show(request: Request) -> Response:
        """The figures of all workers for Prometheus; in the OpenMetrics format for those who accept that."""
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        registry = CollectorRegistry()
        registry.register(_Shown(await figures()))
        return Response(encode(registry), headers={"content-type": content_type})

    return routes


class _Shown(Collector):
    """A snapshot as families of metrics."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterable[Metric]:
        """Every metric, also those without a value yet."""
        for metric in METRICS:
            if metric.kind == "histogram":
                yield self._histogram(metric)
            else:
                yield self._plain(metric)

    def _plain(self, metric: Known) -> Metric:
        kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = kind(metric.name, metric.meaning, labels=metric.labels)
        for sample in self._snapshot.samples:
            if sample.name == metric.name:
                family.add_metric(sample.labels, sample.value)
        return family

    def _histogram(self, metric: Known) -> Metric:
        family = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for timing in self._snapshot.timings:
            counts = list(zip(_LIMITS, accumulate(timing.buckets), strict=True))
            family.add_metric(timing.labels, buckets=counts, sum_value=timing.seconds)
        return family
