"""Is an engine there, and does it serve? Asked by the web process of the standard health service."""

from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT = 1.2
"""Seconds; whoever asks for all parts' health waits a little longer."""


class NotServing(Exception):
    """The engine answers that it does not serve: it starts, or drains."""


def engine(
    address: str, *, ca: Path | None = None, cert: Path | None = None, key: Path | None = None
) -> None:
    """Raises if the engine at `host:port` does not answer that it serves. With `ca` or `cert` it is asked by TLS."""
    with _channel(address, ca, cert, key) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(  # type: ignore[attr-defined]
            health_pb2.HealthCheckRequest(), timeout=TIMEOUT, wait_for_ready=False
        )
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise NotServing


def _channel(address: str, ca: Path | None, cert: Path | None, key: Path | None) -> grpc.Channel:
    if ca is None and cert is None:
        return grpc.insecure_channel(address)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=ca.read_bytes() if ca else None,
        private_key=key.read_bytes() if key else None,
        certificate_chain=cert.read_bytes() if cert else None,
    )
    return grpc.secure_channel(address, credentials)
