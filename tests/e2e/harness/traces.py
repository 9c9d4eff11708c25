"""A collector of traces: it speaks OTLP over gRPC, keeps what processes send, and prints a trace as a tree."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One that was sent. `parent` is "" where it is the first of its trace."""

    name: str
    service: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    failed: str
    attributes: dict[str, str]


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps spans in the order in which they came."""

    def __init__(self) -> None:
        self.port = 0
        self._lock = threading.Lock()
        self._spans: list[Span] = []

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - its name in the contract
        with self._lock:
            for resource in request.resource_spans:
                service = _attributes(resource.resource.attributes)["service.name"]
                self._spans += [
                    _span(service, span) for scope in resource.scope_spans for span in scope.spans
                ]
        return trace_service_pb2.ExportTraceServiceResponse()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self, workflow_id: str = "") -> list[Span]:
        """All of the traces that tell of this workflow; without an id all."""
        with self._lock:
            found = list(self._spans)
        traces = {span.trace for span in found if span.attributes.get("sched.workflow_id") == workflow_id}
        return [span for span in found if not workflow_id or span.trace in traces]

    def tree(self, workflow_id: str) -> str:
        """Its spans by name and service, children below their parents in the order in which they began."""
        spans = self.spans(workflow_id)
        known = {span.id for span in spans}
        children: dict[str, list[Span]] = defaultdict(list)
        for span in sorted(spans, key=lambda span: (span.began, span.name)):
            children[span.parent if span.parent in known else ""].append(span)
        return "\n".join(_lines(children, "", "", is_root=True))


def _lines(children: dict[str, list[Span]], parent: str, indent: str, *, is_root: bool) -> Iterator[str]:
    for span in children[parent]:
        last = span is children[parent][-1]
        branch = "" if is_root else "└─ " if last else "├─ "
        below = "" if is_root else "   " if last else "│  "
        failed = f"  failed: {span.failed}" if span.failed else ""
        yield f"{indent + branch + span.name:<46} {span.service}{failed}"
        yield from _lines(children, span.id, indent + below, is_root=False)


def _span(service: str, span: Any) -> Span:
    return Span(
        name=span.name,
        service=service,
        trace=span.trace_id.hex(),
        id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        began=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        failed=span.status.message or "yes" if span.status.code == 2 else "",
        attributes=_attributes(span.attributes),
    )


def _attributes(found: Any) -> dict[str, str]:
    return {each.key: str(getattr(each.value, each.value.WhichOneof("value"))) for each in found}


@contextmanager
def collector() -> Iterator[Collector]:
    """One that listens while the block runs."""
    made = Collector()
    server = grpc.server(ThreadPoolExecutor(max_workers=4), options=(("grpc.so_reuseport", 0),))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)  # type: ignore[no-untyped-call]
    made.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield made
    finally:
        server.stop(None).wait()
