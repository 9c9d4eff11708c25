"""The desk: what workers hand in. One object that the doors for workers share.

Completions go to the committing threads; hand-backs, heartbeats and renewals to the claimer. A completion that is
refused as stale may be the repeat of one that was recorded (the answer was lost, not the completion): then it is no
error.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dispatch.claims import Heartbeat, Held
from workflows.core.inputs import (
    ActivityCanceled,
    ActivityFailed,
    ActivitySucceeded,
    LeaseExpired,
    TurnCompleted,
)
from workflows.core.keys import TaskKey
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Reply
from workflows.points import Point, reach
from workflows.service.commits import Commits
from workflows.service.handback import Handback, Why
from workflows.service.reading import read
from workflows.store import reader
from workflows.store.claimer import Claimer
from workflows.store.lanes import Lane

HEARTBEAT_TRIES = 3
"""A row is locked for the length of a commit at most."""

Completion = TurnCompleted | ActivitySucceeded | ActivityFailed | ActivityCanceled


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The completion was recorded before; nothing changed."""


OnAnswer = Callable[[Reply | Duplicate | BaseException], object]


class Desk:
    """Lives on one event loop."""

    def __init__(self, commits: Commits, claimer: Claimer, handback: Handback) -> None:
        self._commits = commits
        self._claimer = claimer
        self._handback = handback
        self._checks: set[asyncio.Task[None]] = set()

    def complete(self, completion: Completion, on_answer: OnAnswer, *, size: int, queue: str = "") -> None:
        """Record a completion; `on_answer` is called on the loop once it is durable, or refused.

        `queue` is its worker's task queue, where that is known.
        """

        def answer(reply: Reply | BaseException) -> None:
            reach(Point.COMPLETION_ANSWERED)
            if isinstance(reply, Rejected) and reply.code is Code.STALE_TASK:
                self._check(completion, reply, on_answer)
            else:
                on_answer(reply)

        reach(Point.COMPLETION_RECEIVED)
        self._commits.send(completion, Lane.COMPLETIONS, answer, size=size, queue=queue)

    def lost(self, expired: LeaseExpired) -> None:
        """A worker is gone, or a limit is reached. What is stale by now is nobody's concern."""
        reach(Point.WORKER_LOST)
        self._commits.send(expired, Lane.LOOPS, lambda _: None, queue="leases")

    async def give_back(self, held: Sequence[Held], why: Why, details: str) -> None:
        await self._handback.give_back(held, why, details)

    async def heartbeats(self, beats: Sequence[tuple[TaskKey, int, bytes | None]]) -> list[Heartbeat]:
        """Record them; one whose row another transaction had is tried again."""
        answers = await self._claimer.heartbeat(beats)
        for _ in range(HEARTBEAT_TRIES):
            missed = [place for place, answer in enumerate(answers) if answer.held and not answer.recorded]
            if not missed:
                break
            again = await self._claimer.heartbeat([beats[place] for place in missed])
            for place, answer in zip(missed, again, strict=True):
                answers[place] = answer
        reach(Point.HEARTBEAT_RECORDED)
        return answers

    async def renew(self, held: Sequence[Held]) -> set[Held]:
        """Prolong leases; answers with what is no longer held."""
        return set(await self._claimer.renew(held))

    def _check(self, completion: Completion, refused: Rejected, on_answer: OnAnswer) -> None:
        task = asyncio.ensure_future(self._answer_repeat(completion, refused, on_answer))
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _answer_repeat(self, completion: Completion, refused: Rejected, on_answer: OnAnswer) -> None:
        try:
            recorded = await read(reader.recorded, completion.key, completion.delivery)
        except Exception as error:  # the database is away: the worker will ask again
            on_answer(Rejected(Code.UNAVAILABLE, f"the engine cannot tell now: {type(error).__name__}"))
        else:
            on_answer(Duplicate() if recorded else refused)
