"""The tasks in hand: each is answered once, whichever way its runner ends."""

import asyncio
import logging
from collections.abc import Awaitable

import pytest
from sched_sdk.proto.v1.worker_pb2 import (
    RETURN_REASON_DRAIN,
    RETURN_REASON_ERROR,
    ActivityTask,
    ActivityTaskCompletion,
    CompletionAck,
    Returned,
)
from sched_sdk.worker.desk import Desk

from tests.sdk.peer import activity_task, payload

Answer = asyncio.Future[ActivityTaskCompletion]


class ByHand:
    """A runner whose answers the test gives."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.before_settled: list[Answer] = []

    def run(self, task: ActivityTask) -> Awaitable[ActivityTaskCompletion]:
        if task.attempt > 1:
            raise ValueError("refused at once")
        self.answers.append(asyncio.get_running_loop().create_future())
        return self.answers[-1]

    async def settle(self) -> None:
        for answer in self.before_settled:
            answer.set_result(done())

    def acknowledged(
        self, task: ActivityTask, completion: ActivityTaskCompletion, ack: CompletionAck
    ) -> None:
        """Nobody acknowledges here."""

    def hand_back(self, task: ActivityTask, returned: Returned | None = None) -> ActivityTaskCompletion:
        return ActivityTaskCompletion(returned=returned or Returned(reason=RETURN_REASON_DRAIN))


class Answers:
    """What a desk has said."""

    def __init__(self) -> None:
        self.given: list[ActivityTaskCompletion] = []
        self.freed = 0
        self.runner = ByHand()
        self.desk: Desk[ActivityTask, ActivityTaskCompletion] = Desk(
            self.runner, slots=2, answer=self._answer, on_free=self._free
        )

    def _answer(self, _task: ActivityTask, completion: ActivityTaskCompletion) -> None:
        self.given.append(completion)

    def _free(self) -> None:
        self.freed += 1


def done() -> ActivityTaskCompletion:
    return ActivityTaskCompletion(result=payload("1"))


async def turns_of_the_loop(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_slot_is_free_again_when_its_task_is_answered() -> None:
    """Not before."""
    said = Answers()
    said.desk.accept(activity_task("A"))
    await turns_of_the_loop()
    assert (said.desk.free, said.freed, said.given) == (1, 0, [])
    said.runner.answers[0].set_result(done())
    await turns_of_the_loop()
    assert (said.desk.free, said.freed, said.given) == (2, 1, [done()])


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_fault_of_the_runner_sends_the_task_back(
    at_once: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it fails in the call or afterwards."""
    said = Answers()
    said.desk.accept(activity_task("A", attempt=2 if at_once else 1))
    for answer in said.runner.answers:
        answer.set_exception(ValueError("later"))
    await turns_of_the_loop()
    assert [completion.returned.reason for completion in said.given] == [RETURN_REASON_ERROR]
    assert said.desk.free == 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_drain_hands_back_what_is_not_done() -> None:
    """An answer that comes too late counts for nothing."""
    said = Answers()
    said.desk.accept(activity_task("A"))
    drained = await said.desk.drain(0)
    assert (drained.finished, drained.handed_back) == (0, 1)
    assert [completion.returned.reason for completion in said.given] == [RETURN_REASON_DRAIN]
    assert said.runner.answers[0].cancelled()


async def test_what_is_done_while_the_rest_is_handed_back_is_answered_once() -> None:
    """Its completion goes out, and not a hand-back beside it."""
    said = Answers()
    for _ in range(2):
        said.desk.accept(activity_task("A"))
    said.runner.before_settled = [said.runner.answers[0]]
    drained = await said.desk.drain(0)
    assert (drained.finished, drained.handed_back) == (1, 1)
    assert sorted(completion.WhichOneof("outcome") or "" for completion in said.given) == [
        "result",
        "returned",
    ]


async def test_what_is_abandoned_is_not_answered() -> None:
    """Nor is what comes after the end."""
    said = Answers()
    said.desk.accept(activity_task("A"))
    said.desk.abandon()
    await turns_of_the_loop()
    assert said.given == []
    said.desk.accept(activity_task("A"))
    assert [completion.returned.reason for completion in said.given] == [RETURN_REASON_DRAIN]
