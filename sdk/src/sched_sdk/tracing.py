"""Traces by OpenTelemetry: a span for a start, for each turn that the engine has recorded, for each run of an activity.

```
start.Order                          the client, or whoever else has started it
├─ workflow.Order                    a turn
│  └─ activity.Charge                an attempt that this turn has scheduled
└─ workflow.Order                    the next turn
```

The context (W3C `traceparent`) travels in the headers of the start, which the run's history keeps, and in those of each
activity. So a run is one trace, whichever workers do its turns, and however much later.

Guarantees: a turn has one span, however often it is repeated: it is told of when the engine has recorded the turn.
Without an endpoint nothing of OpenTelemetry is imported, and a task costs a look at `current`. No payload, and of an
exception its type alone, is told.
Does not: replace what the application has set up: its tracer provider is used, if there is one.
"""

import functools
import os
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sched_sdk.proto.v1.history_pb2 import ActivityTaskScheduled
from sched_sdk.proto.v1.worker_pb2 import ActivityTask, Turn, WorkflowTask
from sched_sdk.proto.v1.workflow_pb2 import StartWorkflowRequest
from sched_sdk.settings import SettingError

EXPORT_SECONDS = 2
"""Longer than a collector takes to answer, and no part of a worker's grace worth naming."""
UNRECORDED_MAX = 10_000
"""Spans of turns without an ack; what is beyond is never told of."""


@dataclass(slots=True, eq=False)
class TracedTurn:
    """A turn's span, and when the turn was done."""

    span: Any
    ended_ns: int = 0


class Tracing:
    """Makes spans. One for the process: `current`."""

    def __init__(self, endpoint: str, service: str) -> None:
        try:
            from opentelemetry import trace
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        except ImportError as error:
            needed = "it needs OpenTelemetry; pip install 'sched-sdk[otel]'"
            raise SettingError("SCHED_OTLP_ENDPOINT", endpoint, needed) from error
        self._trace = trace
        self._propagator = TraceContextTextMapPropagator()
        self._tracer = _provider(endpoint, service).get_tracer("sched_sdk")
        self._unrecorded: OrderedDict[bytes, TracedTurn] = OrderedDict()
        self._here = threading.local()

    def begin_start(self, request: StartWorkflowRequest) -> Any:
        """The span of a start, whose context the request takes along. End it."""
        span = self._tracer.start_span(
            f"start.{request.workflow_type}",
            kind=self._trace.SpanKind.PRODUCER,
            attributes={"sched.workflow_type": request.workflow_type, "sched.task_queue": request.task_queue},
        )
        self._carry(span, request.headers)
        return span

    @contextmanager
    def turn(self, task: WorkflowTask, headers: Mapping[str, str]) -> "Iterator[TracedTurn]":
        """A turn of that run, done on this thread while the block runs."""
        span = self._tracer.start_span(
            f"workflow.{task.workflow_type}",
            context=self._propagator.extract(headers),
            kind=self._trace.SpanKind.CONSUMER,
            attributes={
                "sched.workflow_id": task.workflow_id,
                "sched.run_id": task.run_id,
                "sched.turn": task.turn,
            },
        )
        self._here.span = span
        try:
            yield TracedTurn(span)
        finally:
            self._here.span = None

    def end_turn(self, traced: "TracedTurn", turn: object) -> "TracedTurn":
        """It is done: its activities take its context along. Told of once it is recorded (`keep`, `settle`)."""
        traced.ended_ns = time.time_ns()
        for command in turn.commands if isinstance(turn, Turn) else ():
            if command.HasField("schedule_activity"):
                self._carry(traced.span, command.schedule_activity.headers)
            elif command.HasField("fail_workflow"):
                self._fail(traced.span, command.fail_workflow.failure.type)
        return traced

    def keep(self, token: bytes, traced: "TracedTurn") -> None:
        """Until the engine has answered the completion with this token."""
        self._unrecorded[token] = traced
        if len(self._unrecorded) > UNRECORDED_MAX:
            self._unrecorded.popitem(last=False)

    def settle(self, token: bytes, *, recorded: bool) -> None:
        """The engine has answered: what it has recorded is told of, and nothing else."""
        traced = self._unrecorded.pop(token, None)
        if traced is not None and recorded:
            traced.span.end(traced.ended_ns)

    def begin_attempt(self, task: ActivityTask, scheduled: ActivityTaskScheduled) -> Any:
        """One run of an activity's function."""
        return self._tracer.start_span(
            f"activity.{scheduled.activity_type}",
            context=self._propagator.extract(scheduled.headers),
            kind=self._trace.SpanKind.CONSUMER,
            attributes={
                "sched.workflow_id": task.workflow_id,
                "sched.run_id": task.run_id,
                "sched.workflow_type": task.workflow_type,
                "sched.activity_id": task.scheduled,
                "sched.attempt": task.attempt,
                "sched.delivery": task.delivery,
                "sched.task_queue": task.task_queue,
            },
        )

    def within(self, span: Any, function: Callable[..., Any], *, is_async: bool) -> Callable[..., Any]:
        """The function, with the span as the one in which it runs: spans of its own become children."""
        inside = functools.partial(
            self._trace.use_span, span, record_exception=False, set_status_on_exception=False
        )

        @functools.wraps(function)
        def plain(*arguments: Any) -> Any:
            with inside():
                return function(*arguments)

        @functools.wraps(function)
        async def awaited(*arguments: Any) -> Any:
            with inside():
                return await function(*arguments)

        return awaited if is_async else plain

    def end_attempt(self, span: Any, raised: BaseException | None) -> None:
        """The function has ended."""
        if raised is not None:
            self._fail(span, type(raised).__name__)
        span.end()

    def ids(self) -> dict[str, object]:
        """Of the span of this moment, for log lines; of a turn's function too, which has a stack of its own."""
        span = getattr(self._here, "span", None) or self._trace.get_current_span()
        found = span.get_span_context()
        if not found.is_valid:
            return {}
        return {"trace_id": f"{found.trace_id:032x}", "span_id": f"{found.span_id:016x}"}

    def _carry(self, span: Any, headers: MutableMapping[str, str]) -> None:
        self._propagator.inject(headers, context=self._trace.set_span_in_context(span))

    def _fail(self, span: Any, kind: str) -> None:
        span.set_status(self._trace.Status(self._trace.StatusCode.ERROR, kind))


current: Tracing | None = None
"""What makes spans here; None: nobody asked for traces."""
_setting_up = threading.Lock()


def configure(endpoint: str, service: str) -> None:
    """Traces from here on. Done once for a process; later calls change nothing.

    Args:
        endpoint: Of an OTLP collector that speaks gRPC, as http://localhost:4317.
        service: What this process is called in traces.

    Raises:
        SettingError: OpenTelemetry is not installed.
    """
    global current  # noqa: PLW0603 - one for the process
    with _setting_up:
        if current is None:
            current = Tracing(endpoint, service)


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
