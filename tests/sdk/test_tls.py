"""Encrypted connections: whom the client trusts, and how it shows who it is."""

import datetime as dt
import ipaddress

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sched_sdk.proto.v1 import workflow_pb2
from sched_sdk.refusals import EngineUnavailableError
from sched_sdk.settings import Tls

from tests.sdk.peer import Peer
from tests.sdk.working import client_of


def certificate() -> tuple[bytes, bytes]:
    """A certificate that vouches for itself, for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(pem), private


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
