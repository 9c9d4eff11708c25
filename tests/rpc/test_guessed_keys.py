"""Who guesses keys over gRPC is held up for the rest of a minute; who works from the same address is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import grpc
import pytest
from pytest_django import Settings
from sched_sdk.proto.v1 import workflow_pb2

from tests.rpc.peers import Peer, Refused, connected, refused, running
from tests.store.databases import Database
from timers.clock import FakeClock
from workflows.access import keys
from workflows.access.actions import Action
from workflows.access.known_keys import TRUSTED_SECONDS, KnownKeys
from workflows.access.principal import Unauthenticated
from workflows.access.rates import FAILURES_MAX, TooMany
from workflows.rpc.key_looks import KeyLooks
from workflows.service.reading import look as in_thread

NOW = datetime.now(UTC)
HERE, ELSEWHERE = "10.0.0.1", "10.0.0.2"
Code = grpc.StatusCode


@pytest.fixture
async def peer(database: Database) -> AsyncIterator[Peer]:
    """A stranger to an engine that wants a key of everybody."""
    async with running(database, open_access=False) as engine, connected(engine) as peer:
        yield peer


async def new_key(name: str) -> keys.NewKey:
    return await in_thread(keys.make, name, [Action.READ], created_by="tests", now=NOW)


def listing(peer: Peer, key: str, **more: str) -> Any:
    metadata = [("authorization", f"Bearer {key}"), *((name.replace("_", "-"), more[name]) for name in more)]
    return peer.client.ListWorkflows(workflow_pb2.ListWorkflowsRequest(), metadata=metadata)


async def guess(peer: Peer, key: str, **more: str) -> Refused:
    return await refused(listing(peer, key, **more))


async def test_who_guesses_is_held_up(peer: Peer) -> None:
    """After ten refused keys another is not looked at, were it a good one; one that was good before is served."""
    working, late = await new_key("working"), await new_key("late")
    await listing(peer, working.text)
    for number in range(FAILURES_MAX):
        assert (await guess(peer, f"guess-{number}")).code is Code.UNAUTHENTICATED
    for key in ("guess-more", late.text):
        found = await guess(peer, key)
        assert (found.code, found.reason) == (Code.RESOURCE_EXHAUSTED, "TOO_MANY_REQUESTS")
        assert 1 <= found.retry_after <= 60
        assert "too many credentials from this address were refused; come again in" in found.message
    await listing(peer, working.text)


async def test_a_worker_with_one_bad_key_does_not_guess(peer: Peer) -> None:
    """However often it comes: what was refused a moment ago is refused again, and others come in."""
    for _ in range(3 * FAILURES_MAX):
        assert (await guess(peer, "revoked")).code is Code.UNAUTHENTICATED
    await listing(peer, (await new_key("late")).text)


async def test_a_trusted_proxy_says_who_guesses(peer: Peer, settings: Settings) -> None:
    """Another whom it serves is let in; what anybody else writes there counts for nothing."""
    settings.SCHED = replace(settings.SCHED, trusted_proxies=(ip_network("127.0.0.0/8"),))
    for number in range(FAILURES_MAX):
        await guess(peer, f"guess-{number}", x_forwarded_for=f"{number}.0.0.0, {HERE}")
    key = (await new_key("late")).text
    assert (await guess(peer, key, x_forwarded_for=HERE)).code is Code.RESOURCE_EXHAUSTED
    await listing(peer, key, x_forwarded_for=ELSEWHERE)


async def test_who_is_held_up_comes_in_after_a_minute(database: Database) -> None:
    """And meanwhile from elsewhere. A caller who is in is looked at again in time, and stays."""
    clock = FakeClock()
    looks = KeyLooks(KnownKeys(clock), clock)
    working, late = await new_key("working"), await new_key("late")
    await looks.principal_of(working.text, HERE)
    for number in range(FAILURES_MAX):
        with pytest.raises(Unauthenticated):
            await looks.principal_of(f"guess-{number}", HERE)
    clock.advance(TRUSTED_SECONDS)
    with pytest.raises(TooMany):
        await looks.principal_of(late.text, HERE)
    assert await looks.is_good_still(working.text, HERE)
    await in_thread(keys.revoke, working.key, NOW)
    clock.advance(TRUSTED_SECONDS)
    assert not await looks.is_good_still(working.text, HERE)
    assert (await looks.principal_of(late.text, ELSEWHERE)).name == "key/late"
    with pytest.raises(TooMany):
        await looks.principal_of("guess-more", HERE)
    clock.advance(60 - 2 * TRUSTED_SECONDS)
    with pytest.raises(Unauthenticated):
        await looks.principal_of("guess-more", HERE)
