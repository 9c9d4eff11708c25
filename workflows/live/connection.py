"""One connection: its subscriptions, and its caller, whose credentials are looked at again every ten seconds.

A bad message is answered with an error, and ends nothing. The connection is closed with 4401 when the credentials have
ended, with 4403 when they do not allow reading any more, and with 4408 when too many messages wait (`inbound`).

Each answer to a subscription bears its `id` and a `revision`, which counts the messages of that subscription from 1.
"""

import asyncio
import logging
from dataclasses import replace
from typing import Any, Final

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer

from workflows.access.actions import Action
from workflows.access.principal import Principal, Unauthenticated
from workflows.api import access, limiting
from workflows.api.problems import OUTAGES, problem_of
from workflows.live import messages
from workflows.live.callers import Caller
from workflows.live.inbound import Inbound
from workflows.live.messages import Subscribe, Topic, Unsubscribe
from workflows.live.snapshots import snapshot
from workflows.live.threads import in_thread
from workflows.service.errors import invalid

RECHECK_SECONDS: float = 10.0
SUBSCRIPTIONS_MAX: Final = 50
TAKEN_RULE: Final = "must be that of no other subscription"
UNKNOWN_RULE: Final = "must be the id of a subscription"
TOO_MANY_RULE: Final = f"there may be at most {SUBSCRIPTIONS_MAX} subscriptions; end one"
CREDENTIALS_ENDED: Final = 4401
MAY_NOT_READ: Final = 4403
FAILED: Final = 1011
logger = logging.getLogger(__name__)


class Connection(AsyncWebsocketConsumer):  # type: ignore[misc] # published without types
    """Behind `Handshake`, which names the caller."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        caller: Caller = scope["caller"]
        self._credentials = caller.credentials
        self._principal: Principal = caller.principal
        self._subscriptions: dict[int, Topic] = {}
        inbound = Inbound(receive, send)
        beside = [asyncio.create_task(self._recheck()), asyncio.create_task(inbound.read())]
        try:
            await super().__call__(scope, inbound.next, send)
        finally:
            for each in beside:
                each.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        number: int | None = None
        try:
            if not access.is_open():
                limiting.count_call(self._principal.name)
            members = messages.members_of(text_data)
            number = messages.number_in(members)
            await self._answer(messages.read(members))
        except Exception as error:
            await self._refuse(number, error)

    async def _answer(self, message: Subscribe | Unsubscribe) -> None:
        if isinstance(message, Unsubscribe):
            if self._subscriptions.pop(message.number, None) is None:
                raise invalid("unsubscribe", message.number, UNKNOWN_RULE)
            await self._send({"id": message.number, "unsubscribed": True})
            return
        if message.number in self._subscriptions:
            raise invalid("id", message.number, TAKEN_RULE)
        if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
            raise invalid("subscribe", "", TOO_MANY_RULE)
        found = await in_thread(snapshot, message.topic, self._principal)
        self._subscriptions[message.number] = message.topic
        await self._send({"id": message.number, "revision": 1, "snapshot": found})

    async def _refuse(self, number: int | None, error: Exception) -> None:
        problem = problem_of(error)
        if problem.code == "INTERNAL":
            logger.error("a message failed", exc_info=error)
        await self._send({"id": number, "error": problem.document()})

    async def _send(self, document: dict[str, Any]) -> None:
        await self.send(text_data=orjson.dumps(document).decode())

    async def _recheck(self) -> None:
        """Until the connection ends. While the database is away nobody's credentials have ended."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            code = await self._ended()
            if code:
                self._principal = replace(self._principal, actions=frozenset())
                await self.close(code=code)
                return

    async def _ended(self) -> int:
        """The code to close with; 0 while the caller may go on."""
        try:
            self._principal = await in_thread(self._credentials.principal)
        except Unauthenticated:
            return CREDENTIALS_ENDED
        except OUTAGES:
            return 0
        except Exception as error:  # who cannot be looked at any more is not let go on
            logger.error("credentials cannot be looked at", exc_info=error)
            return FAILED
        return MAY_NOT_READ if self._subscriptions and not self._principal.may(Action.READ) else 0
