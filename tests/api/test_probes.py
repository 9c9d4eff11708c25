"""What health asks: an engine that serves, one that does not, one that is not there; Redis."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from redis.exceptions import ConnectionError as RedisAway

from dispatch import probe as dispatch_probe
from workflows.rpc import probe

NOBODY = "127.0.0.1:1"


@pytest.fixture
def engine() -> Iterator[tuple[str, health.HealthServicer]]:
    """An engine's health service, and nothing else of it."""
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}", servicer
    server.stop(None).wait()


def test_an_engine_that_serves(engine: tuple[str, health.HealthServicer]) -> None:
    """The probe returns without an error."""
    address, _ = engine
    probe.engine(address)


def test_an_engine_that_drains_is_down(engine: tuple[str, health.HealthServicer]) -> None:
    """It still answers, but that it does not serve."""
    address, servicer = engine
    servicer.set("", health_pb2.HealthCheckResponse.NOT_SERVING)
    with pytest.raises(probe.NotServing):
        probe.engine(address)


def test_an_engine_that_is_not_there_is_down() -> None:
    """A refused connection is an error of the probe."""
    with pytest.raises(grpc.RpcError):
        probe.engine(NOBODY)


@pytest.mark.redis
def test_redis_that_answers(redis_url: str) -> None:
    """The probe returns without an error."""
    dispatch_probe.redis(redis_url)


def test_redis_that_is_not_there_is_down() -> None:
    """A refused connection is the dispatcher's own error, not the library's."""
    with pytest.raises(RedisAway):
        dispatch_probe.redis(f"redis://{NOBODY}/0")
