"""The gRPC server: both services, health and reflection, on one port."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from sched_sdk.proto.v1 import worker_pb2, worker_pb2_grpc, workflow_pb2, workflow_pb2_grpc

from workflows.rpc.admission import CLIENT_CALLS_MAX, WORKER_CALLS_MAX, Admission
from workflows.rpc.entrance import Entrance
from workflows.rpc.guard import Guarded
from workflows.rpc.reads import WorkflowReads
from workflows.rpc.worker_service import WorkerDoor, WorkerServicer
from workflows.rpc.workflow_service import ClientDoor, WorkflowServicer

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
"""A page of history with large payloads fits; single payloads have limits of their own."""
KEEPALIVE_MS = 8_000
KEEPALIVE_TIMEOUT_MS = 4_000
"""A peer that is gone without a word is missed after their sum at the latest. Workers ping as often."""
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_BYTES_MAX),
    ("grpc.max_send_message_length", MESSAGE_BYTES_MAX),
    # A worker that is frozen or cut off is dealt its share of tasks until it is missed, and each waits for its lease.
    ("grpc.keepalive_time_ms", KEEPALIVE_MS),
    ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    # The answer to a ping has a limit of its own, a minute unless told.
    ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_MS),
    # Else a worker that is idle would be sent away for pinging (ENHANCE_YOUR_CALM).
    ("grpc.http2.min_ping_interval_without_data_ms", KEEPALIVE_MS // 2),
    ("grpc.keepalive_permit_without_calls", 1),
)
_SERVICES = (
    workflow_pb2.DESCRIPTOR.services_by_name["WorkflowService"].full_name,
    worker_pb2.DESCRIPTOR.services_by_name["WorkerService"].full_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """The server's certificate; with `ca`, callers must show one that it has signed."""

    cert: Path
    key: Path
    ca: Path | None = None


class PortTaken(Exception):
    """Something else listens there."""


class RpcServer:
    """Serves both doors.

    Args:
        entrance: who is let in.
        share_port: other processes of this user may listen on the port too; the kernel deals connections out.
    """

    def __init__(
        self,
        bind: str,
        port: int,
        worker: WorkerDoor,
        client: ClientDoor,
        entrance: Entrance,
        tls: Tls | None = None,
        *,
        share_port: bool = False,
    ) -> None:
        self._address = f"[{bind}]:{port}" if ":" in bind else f"{bind}:{port}"
        self._tls = tls
        # Engines that know nothing of each other would take each other's workers: no port is shared unasked.
        self._server = grpc.aio.server(options=(*_OPTIONS, ("grpc.so_reuseport", int(share_port))))
        self._worker = WorkerServicer(worker)
        self._client = WorkflowServicer(
            client, WorkflowReads.as_servicer(matching=client.matching, clock=worker.clock)
        )
        self._health = health.aio.HealthServicer()
        workers = Admission("streams and polls of workers", WORKER_CALLS_MAX)
        clients = Admission("calls of clients", CLIENT_CALLS_MAX)
        for_workers: Any = Guarded(self._server, entrance, workers, ("Stream", "Poll"))
        for_clients: Any = Guarded(self._server, entrance, clients)
        worker_pb2_grpc.add_WorkerServiceServicer_to_server(self._worker, for_workers)
        workflow_pb2_grpc.add_WorkflowServiceServicer_to_server(self._client, for_clients)  # type: ignore[arg-type]
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*_SERVICES, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
            reflection.aio.ReflectionServicer(names), for_clients
        )
        self.port = 0

    @property
    def client_streams(self) -> int:
        """Open streams of clients. Any thread."""
        return self._client.streams

    async def start(self) -> None:
        """Listen.

        Raises:
            PortTaken: the port cannot be had.
        """
        try:
            self.port = self._bind()
        except RuntimeError as error:
            raise PortTaken(self._address) from error
        await self._server.start()
        await self.tell_health(serves=True)

    async def tell_health(self, *, serves: bool) -> None:
        """What the health service says from now on; after `drain` it stays at NOT_SERVING."""
        status = health_pb2.HealthCheckResponse
        for service in ("", *_SERVICES):
            await self._health.set(service, status.SERVING if serves else status.NOT_SERVING)

    async def drain(self) -> None:
        """Tell workers, clients with streams and health checks that this engine is about to stop."""
        await self._health.enter_graceful_shutdown()
        self._worker.drain()
        self._client.drain()

    async def stop(self, grace_seconds: float) -> None:
        """Take no more calls; end those under way after the grace."""
        await self._server.stop(grace_seconds)

    def _bind(self) -> int:
        if self._tls is None:
            return self._server.add_insecure_port(self._address)
        credentials = grpc.ssl_server_credentials(
            [(self._tls.key.read_bytes(), self._tls.cert.read_bytes())],
            root_certificates=self._tls.ca.read_bytes() if self._tls.ca else None,
            require_client_auth=self._tls.ca is not None,
        )
        return self._server.add_secure_port(self._address, credentials)
