"""A call of a client, from its request to its answer, as a chain of callbacks.

A call mostly waits: for a look-up, a commit, the end of a run. Thousands do at once, so it has no task of its own; each
thing that it waits for calls its next step.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from workflows.points import Point, reach
from workflows.service.results import Waiter

type Begin = Callable[["OpenCall"], None]
"""What a checked request does."""


class OpenCall:
    """Answered once, with a response or an error; dropped, never. What it has started stays.

    Args:
        answered: receives the answer, on the loop.
    """

    __slots__ = ("_answered", "waiter")

    def __init__(self, answered: Callable[[Any], None]) -> None:
        self._answered: Callable[[Any], None] | None = answered
        self.waiter: Waiter | None = None
        """Of the run whose end it waits for."""

    def begin(self, begin: Begin) -> None:
        self.then(begin)(self)

    def answer(self, found: Any) -> None:
        """With a response, or the error that refuses it."""
        answered = self._answered
        self.drop()
        if answered is not None:
            answered(found)

    def drop(self) -> None:
        """Nobody is there to be answered, or somebody has been."""
        self._answered = None
        if self.waiter is not None:
            self.waiter.close()

    def then(self, step: Callable[[Any], None]) -> Callable[[Any], None]:
        """The next step, for whom it waits for: a refusal ends the call, and so does an error of the step."""

        def go_on(found: Any) -> None:
            if self._answered is None:
                return
            if isinstance(found, BaseException):
                self.answer(found)
                return
            try:
                step(found)
            except Exception as error:  # the door tells what is none of ours
                self.answer(error)

        return go_on

    def committed(self) -> None:
        """What it asked for is durable; nothing of its request is held any more."""
        reach(Point.ANSWERED)


async def answer_of[Response](begin: Begin, response: type[Response]) -> Response:
    """The answer of a call that is a task by itself, as unary ones are.

    Raises:
        Exception: what refuses it.
    """
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def answered(found: Any) -> None:
        if future.done():  # the caller is about to hear that it has gone away
            return
        if isinstance(found, BaseException):
            future.set_exception(found)
        else:
            future.set_result(found)

    call = OpenCall(answered)
    try:
        call.begin(begin)
        answer = await future
        assert isinstance(answer, response)
        return answer
    finally:
        call.drop()
