"""Traces by OpenTelemetry: the platform's part of a workflow's; most of it its worker tells (`sched_sdk.tracing`).

```
POST api/workflows                   web (opentelemetry-instrumentation-django)
└─ start.Order                       web, Django code, or the engine for a gRPC start
   ├─ dispatch.Order                 engine: from the moment the first turn may be claimed to its claim
   └─ workflow.Order                 worker: a turn
      ├─ dispatch.Charge             engine
      └─ activity.Charge             worker: an attempt
```

The context (W3C `traceparent`) travels in the headers of the start and of each activity, which the run's history keeps.

Guarantees: without an endpoint nothing of OpenTelemetry is imported, and a start or a hand-out costs a look at
`current`. No payload is told. It lies below every layer, so that each may use it.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

EXPORT_SECONDS = 2
"""Longer than a collector takes to answer, and no part of a process's grace worth naming."""

UNTRACED = "api/health,metrics,static/"
"""What probes and pages ask for all the time, unless OpenTelemetry's own variable says otherwise."""

type Headers = tuple[tuple[str, str], ...]


class Dispatched(NamedTuple):
    """A task that was handed to a worker, with the headers that came with it."""

    name: str
    headers: Mapping[str, str]
    waited_since: datetime
    claimed_at: datetime
    attributes: Mapping[str, str | int]


class Tracing:
    """Makes spans. One for the process: `current`."""

    def __init__(self, endpoint: str, service: str) -> None:
        from opentelemetry import trace
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._trace = trace
        self._propagator = TraceContextTextMapPropagator()
        self._tracer = _provider(endpoint, service).get_tracer("sched")

    @contextmanager
    def start(self, workflow_type: str, workflow_id: str, run_id: str, headers: Headers) -> Iterator[Headers]:
        """A start that is written while the block runs; with the headers that it is to take along. It belongs to the
        span of this moment, a request's for instance, whatever headers are given."""
        span = self._begin(workflow_type, workflow_id, run_id, context=None)
        try:
            yield self._carried(span, headers)
        finally:
            span.end()

    def begin_start(
        self, workflow_type: str, workflow_id: str, run_id: str, headers: Headers
    ) -> tuple[Headers, Callable[[], None]]:
        """A start by gRPC, within what the caller's headers name: the headers to take along, and what ends its span."""
        context = self._propagator.extract(dict(headers))
        span = self._begin(workflow_type, workflow_id, run_id, context=context)
        return self._carried(span, headers), span.end

    def dispatched(self, tasks: Iterable[Dispatched]) -> None:
        """Tasks that were handed to workers just now, as far as what came with them says whose trace they are of."""
        for task in tasks:
            context = self._propagator.extract(task.headers)
            if not self._trace.get_current_span(context).get_span_context().is_valid:
                continue
            span = self._tracer.start_span(
                f"dispatch.{task.name}",
                context=context,
                kind=self._trace.SpanKind.PRODUCER,
                attributes=dict(task.attributes),
                start_time=_nanoseconds(task.waited_since),
            )
            span.end(_nanoseconds(max(task.claimed_at, task.waited_since)))

    def _begin(self, workflow_type: str, workflow_id: str, run_id: str, *, context: Any) -> Any:
        return self._tracer.start_span(
            f"start.{workflow_type}",
            context=context,
            kind=self._trace.SpanKind.SERVER if context is not None else self._trace.SpanKind.PRODUCER,
            attributes={
                "sched.workflow_id": workflow_id,
                "sched.run_id": run_id,
                "sched.workflow_type": workflow_type,
            },
        )

    def _carried(self, span: Any, headers: Headers) -> Headers:
        carried = dict(headers)
        self._propagator.inject(carried, context=self._trace.set_span_in_context(span))
        return tuple(carried.items())


current: Tracing | None = None
"""What makes spans here; None: nobody asked for traces."""
_setting_up = threading.Lock()


def configure(endpoint: str | None, service: str) -> None:
    """Traces from here on, if there is an endpoint. Done once for a process; later calls change nothing.

    Args:
        endpoint: of an OTLP collector that speaks gRPC, as http://localhost:4317.
        service: what this process is called in traces.

    Raises:
        ImportError: OpenTelemetry is not installed.
    """
    global current  # noqa: PLW0603 - one for the process
    if endpoint is None:
        return
    with _setting_up:
        if current is None:
            current = Tracing(endpoint, service)


def trace_requests() -> None:
    """A span for each request that Django answers, if traces are asked for. Before its handlers are made."""
    if current is not None:
        os.environ.setdefault("OTEL_PYTHON_DJANGO_EXCLUDED_URLS", UNTRACED)
        from opentelemetry.instrumentation.django import DjangoInstrumentor

        DjangoInstrumentor().instrument()


def _provider(endpoint: str, service: str) -> Any:
    """The application's, else one that exports to the endpoint, from now on the application's too."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    found = trace.get_tracer_provider()
    if isinstance(found, TracerProvider):
        return found
    instance = f"{socket.gethostname()}:{os.getpid()}"
    made = TracerProvider(
        resource=Resource.create({"service.name": service, "service.instance.id": instance})
    )
    exporter = OTLPSpanExporter(
        endpoint=endpoint, insecure=endpoint.startswith("http://"), timeout=EXPORT_SECONDS
    )
    made.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(made)
    return made


def _nanoseconds(instant: datetime) -> int:
    return round(instant.timestamp() * 1e6) * 1000
