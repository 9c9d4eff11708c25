"""Encrypted connections: whom the client trusts, and how it shows who it is."""

import datetime as dt

import grpc
import pytest
from sched_sdk.proto.v1 import workflow_pb2
from sched_sdk.refusals import EngineUnavailableError
from sched_sdk.settings import Tls

from tests.sdk.peer import Peer
from tests.sdk.working import client_of
from tests.servers.certificates import certificate


@pytest.mark.parametrize("mutual", [False, True], ids=["server", "mutual"])
async def test_it_talks_to_whom_it_trusts(mutual: bool) -> None:
    """With the authority given, and with a certificate of its own where the engine demands one."""
    cert, key = certificate()
    own_cert, own_key = certificate()
    peer = Peer()
    await peer.start(
        credentials=grpc.ssl_server_credentials(
            [(key, cert)], root_certificates=own_cert if mutual else None, require_client_auth=mutual
        )
    )
    tls = Tls(ca=cert, cert=own_cert if mutual else None, key=own_key if mutual else None)
    try:
        async with client_of(peer, tls=tls) as client:
            peer.script("SignalWorkflow", workflow_pb2.SignalWorkflowResponse())
            await client.signal("order-1", "go")
            assert len(peer.requests) == 1
    finally:
        await peer.stop()


async def test_it_does_not_talk_to_strangers() -> None:
    """A certificate of another authority is none."""
    cert, key = certificate()
    stranger, _ = certificate()
    peer = Peer()
    await peer.start(credentials=grpc.ssl_server_credentials([(key, cert)]))
    try:
        async with client_of(peer, tls=Tls(ca=stranger), retry_for=dt.timedelta(milliseconds=200)) as client:
            with pytest.raises(EngineUnavailableError):
                await client.signal("order-1", "go")
        assert not peer.requests
    finally:
        await peer.stop()
