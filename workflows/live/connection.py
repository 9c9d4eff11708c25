"""One connection: its subscriptions, and its caller, whose credentials are looked at again every ten seconds.

A bad message is answered with an error, and ends nothing. The connection is closed with 4401 when the credentials have
ended, with 4403 when they do not allow reading any more, and with 4408 when too many messages wait, of the caller
(`inbound`) or for him (`outbox`).

Each message of a subscription bears its `id` and a `revision`, which counts the messages of that subscription from 1: a
snapshot first, then what changes (`board`).
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
from workflows.live.board import Board, board
from workflows.live.callers import Caller
from workflows.live.inbound import TOO_MANY_WAIT, Inbound
from workflows.live.messages import Subscribe, Unsubscribe
from workflows.live.outbox import Outbox
from workflows.live.subscription import Subscription
from workflows.live.threads import in_thread
from workflows.service.errors import FieldError, Invalid, invalid

RECHECK_SECONDS: float = 10.0
SUBSCRIPTIONS_MAX: Final = 50
TAKEN_RULE: Final = "must be that of no other subscription"
UNKNOWN_RULE: Final = "must be the id of a subscription"
TOO_MANY_RULE: Final = f"there may be at most {SUBSCRIPTIONS_MAX} subscriptions; end one"
CREDENTIALS_ENDED: Final = 4401
MAY_NOT_READ: Final = 4403
FAILED: Final = 1011
UNREAD: Final = "sched.unread"
"""In the scope, if the server tells it: how many bytes of this connection wait to be taken."""
logger = logging.getLogger(__name__)


class Connection(AsyncWebsocketConsumer):  # type: ignore[misc] # published without types
    """Behind `Handshake`, which names the caller."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        caller: Caller = scope["caller"]
        self._credentials = caller.credentials
        self._principal: Principal = caller.principal
        self._subscriptions: dict[int, Subscription] = {}
        self._board: Board = board()
        self._outbox = Outbox(self.send, scope.get(UNREAD, lambda: 0))
        inbound = Inbound(receive, send)
        running = (self._recheck(), self._outbox.run(), inbound.read())
        beside = [asyncio.create_task(each) for each in running]
        try:
            await super().__call__(scope, inbound.next, send)
        finally:
            for each in beside:
                each.cancel()
            await self._leave_all()

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
            ended = self._subscriptions.pop(message.number, None)
            if ended is None:
                raise invalid("unsubscribe", message.number, UNKNOWN_RULE)
            await self._board.leave(ended)
            await self._send({"id": message.number, "unsubscribed": True})
            return
        if message.number in self._subscriptions:
            raise invalid("id", message.number, TAKEN_RULE)
        if len(self._subscriptions) >= SUBSCRIPTIONS_MAX:
            raise Invalid([FieldError("subscribe", "", TOO_MANY_RULE)])
        self._principal.require(Action.READ)
        await self._join(
            Subscription(
                message.number,
                message.topic,
                self._outbox,
                payloads=self._may_see_payloads,
                ended=self._forget,
            )
        )

    @property
    def _may_see_payloads(self) -> bool:
        return self._principal.may(Action.SEE_PAYLOADS)

    def _forget(self, number: int) -> None:
        self._subscriptions.pop(number, None)

    async def _join(self, subscription: Subscription) -> None:
        self._subscriptions[subscription.number] = subscription
        try:
            await self._board.join(subscription)
        except BaseException:
            self._forget(subscription.number)
            raise

    async def _refuse(self, number: int | None, error: Exception) -> None:
        problem = problem_of(error)
        if problem.code == "INTERNAL":
            logger.error("a message failed", exc_info=error)
        await self._send({"id": number, "error": problem.document()})

    async def _send(self, document: dict[str, Any]) -> None:
        """Behind all that waits. Who asks and does not read is not answered for ever."""
        self._outbox.put(orjson.dumps(document).decode())
        if self._outbox.is_full:
            await self._end(TOO_MANY_WAIT)

    async def _end(self, code: int) -> None:
        """Nothing is pushed any more, though the caller may be slow to go."""
        await self._leave_all()
        await self.close(code=code)

    async def _leave_all(self) -> None:
        while self._subscriptions:
            _, subscription = self._subscriptions.popitem()
            await self._board.leave(subscription)

    async def _recheck(self) -> None:
        """Until the connection ends. While the database is away nobody's credentials have ended."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            code = await self._ended() or (TOO_MANY_WAIT if self._outbox.is_stuck else 0)
            if code:
                self._principal = replace(self._principal, actions=frozenset())
                await self._end(code)
                return
            await self._follow_rights()

    async def _follow_rights(self) -> None:
        """Who may see payloads now, or not any more, is shown all anew."""
        payloads = self._may_see_payloads
        for subscription in list(self._subscriptions.values()):
            if subscription.payloads != payloads:
                try:
                    await self._board.move(subscription, payloads=payloads)
                except Exception as error:
                    self._forget(subscription.number)
                    await self._refuse(subscription.number, error)

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
