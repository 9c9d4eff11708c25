"""Looks at the API keys that calls show: each key once at a time, and none for the rest of a minute for who guesses.

Guarantees: from an address whose keys were refused `FAILURES_MAX` times in a minute no key is looked up but those that
were good when they were last looked at, so that one who guesses, or a worker whose key was revoked, does not shut out
those who work beside them. What was refused a moment ago is refused again without a look, and is no further guess.

Does not: count before a key was refused. Guesses that come at once are all looked up, `LOOKING_MAX` of them at most.
Kept in this process: of several engines each counts its own.
"""

import asyncio
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

import grpc

from timers.clock import Clock
from workflows.access.addresses import address_of
from workflows.access.known_keys import KnownKeys
from workflows.access.principal import Principal, Unauthenticated
from workflows.access.rates import Rate, check_failures
from workflows.service.reading import read
from workflows.store.lanes import Overloaded

LOOKING_MAX: Final = 200
"""Keys that are looked up at a time; each holds its call's message. Whoever comes beyond that is to come again."""


class KeyLooks:
    """Lives on one event loop."""

    def __init__(self, known: KnownKeys, clock: Clock) -> None:
        self._known = known
        self._refused = Rate(clock)
        """By address."""
        self._looking: dict[str, asyncio.Future[Principal]] = {}
        """By key, the look-up that is under way: all who show it wait for the same one."""

    async def principal_of(self, key: str, address: str) -> Principal:
        """Who has this key.

        Raises:
            Unauthenticated: nobody, now.
            TooMany: keys from this address were refused too often; this one was not looked at.
            Overloaded: too many keys are being looked up: as a rule, guessed ones.
        """
        known = self._known.recall(key)
        if known is not None:
            return known
        if not self._known.let_in(key):
            check_failures(self._refused, address)
        return await self._look(key, address)

    async def is_good_still(self, key: str, address: str) -> bool:
        """Of a caller that was let in with it: looked at however many others were refused. Raises `Overloaded`."""
        try:
            return bool(self._known.recall(key) or await self._look(key, address))
        except Unauthenticated:
            return False

    async def _look(self, key: str, address: str) -> Principal:
        if key not in self._looking:
            if len(self._looking) >= LOOKING_MAX:
                raise Overloaded(f"{LOOKING_MAX} API keys are being looked up")
            looking = self._looking[key] = asyncio.ensure_future(read(self._known.principal_of, key))
            looking.add_done_callback(partial(self._looked, key, address))
        return await asyncio.shield(self._looking[key])

    def _looked(self, key: str, address: str, looking: asyncio.Future[Principal]) -> None:
        del self._looking[key]
        # Asked for the error, too, where nobody waits any more: then it is no loss.
        if not looking.cancelled() and isinstance(looking.exception(), Unauthenticated):
            self._refused.note(address)


def caller_address(context: grpc.aio.ServicerContext[Any, Any]) -> str:
    """Where a call comes from: the peer, or whom a trusted proxy names."""
    kind, _, place = unquote(context.peer()).partition(":")
    peer = place.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else ""
    forwarded = [
        value
        for name, value in context.invocation_metadata() or ()
        if name == "x-forwarded-for" and isinstance(value, str)
    ]
    return address_of(peer, ",".join(forwarded))
