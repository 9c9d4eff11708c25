"""Runs that a worker keeps in memory: their next task goes to it, with the events that it does not have."""

from __future__ import annotations

from typing import Any

import pytest
from sched_sdk.proto.v1 import worker_pb2 as wb

from tests.rpc.peers import (
    Peer,
    Stream,
    activity_stream,
    finish,
    payload,
    schedule,
    turn,
    workflow_stream,
)

SESSION = "session-1"


async def keeper(peer: Peer, *, credits: int = 5, **more: Any) -> Stream:  # noqa: A002 - its name in the contract
    """A worker that has done the first turn of a run, which waits for a signal, and keeps it."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=credits, **({"session_id": SESSION} | more))
    (task,) = await stream.tasks(1)
    await stream.send(completions=[turn(task, id=1, parked=True)])
    assert (await stream.ack()).last_event == 2
    return stream


def shape(task: wb.WorkflowTask) -> tuple[int, int, int]:
    """Its first event, how many there are, and the last that the turn is given."""
    return task.first_event, len(task.events), task.seen_through


async def test_it_is_given_what_is_new_turn_after_turn(peer: Peer) -> None:
    """Signals, and the results of activities."""
    stream = await keeper(peer)
    await peer.signal("order")
    (second,) = await stream.tasks(1)
    assert shape(second) == (3, 1, 3)
    await stream.send(completions=[turn(second, schedule(), waits_for=[0], id=2, parked=True)])
    assert (await stream.ack()).last_event == 5

    await peer.succeed(await peer.poll_activity())

    (third,) = await stream.tasks(1)
    assert (shape(third), third.delivery) == ((6, 1, 6), 1)
    await stream.send(completions=[turn(third, finish(), id=3)])
    await stream.ack()
    assert await peer.names("order") == "WS Y SR Y AS AC Y WC"


async def test_an_eager_turn_may_leave_the_run_with_its_worker(peer: Peer) -> None:
    """Told on the other stream of the same session."""
    await peer.start("order")
    turns = await workflow_stream(peer, credits=5, session_id=SESSION)
    activities = await activity_stream(peer, credits=5, session_id=SESSION)
    (task,) = await turns.tasks(1)
    await turns.send(completions=[turn(task, schedule(), waits_for=[0], id=1, parked=True)])
    assert (await turns.ack()).last_event == 3
    (activity,) = await activities.tasks(1)
    eager = wb.EagerTurn(token=task.token, base_seq=3, parked=True)
    eager.turn.seen_through = 4
    eager.turn.wait.any_signal = True
    done = wb.ActivityTaskCompletion(id=1, token=activity.token, result=payload(b"1"), eager=eager)
    await activities.send(completions=[done])
    assert (await activities.ack()).last_event == 5

    await peer.signal("order")

    (following,) = await turns.tasks(1)
    assert shape(following) == (6, 1, 6)


@pytest.mark.parametrize(
    "more", [{"parked": False, "session_id": SESSION}, {"parked": True, "session_id": ""}]
)
async def test_who_keeps_nothing_is_given_the_whole_history(peer: Peer, more: dict[str, Any]) -> None:
    """And so is who cannot be told from others."""
    parked = more.pop("parked")
    await peer.start("order")
    stream = await workflow_stream(peer, credits=5, **more)
    (task,) = await stream.tasks(1)
    await stream.send(completions=[turn(task, id=1, parked=parked)])
    await stream.ack()
    await peer.signal("order")
    (following,) = await stream.tasks(1)
    assert shape(following) == (1, 3, 3)


async def test_what_came_in_between_makes_the_history_whole_again(peer: Peer) -> None:
    """The worker has not seen it, and lets the run go when it reads the ack."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=5, session_id=SESSION)
    (task,) = await stream.tasks(1)
    await peer.signal("order")
    await stream.send(completions=[turn(task, id=1, parked=True)])
    assert (await stream.ack()).last_event == 3
    (following,) = await stream.tasks(1)
    assert shape(following) == (1, 3, 3)


async def test_what_the_worker_has_let_go_comes_whole_again(peer: Peer) -> None:
    """It says so with the result that it had tried to follow."""
    await peer.start("order")
    turns = await workflow_stream(peer, credits=5, session_id=SESSION)
    activities = await activity_stream(peer, credits=5, session_id=SESSION)
    (task,) = await turns.tasks(1)
    await turns.send(completions=[turn(task, schedule(), waits_for=[0], id=1, parked=True)])
    await turns.ack()
    (activity,) = await activities.tasks(1)
    done = wb.ActivityTaskCompletion(id=1, token=activity.token, result=payload(b"1"), let_go=True)
    await activities.send(completions=[done])
    (following,) = await turns.tasks(1)
    assert shape(following) == (1, 4, 4)


async def test_without_room_at_its_worker_another_gets_the_task(peer: Peer) -> None:
    """With the whole history; and the worker that has kept the run is not taken for one that knows the rest."""
    stream = await keeper(peer, credits=1)
    await peer.signal("order")
    task = await peer.poll_workflow(identity="two")
    assert shape(task) == (1, 3, 3)
    await peer.complete_turn(task)
    await stream.send(credits=1)
    await peer.signal("order")
    (following,) = await stream.tasks(1)
    assert shape(following) == (1, 5, 5)


async def test_a_keeper_that_is_gone_is_not_waited_for(peer: Peer) -> None:
    """Nor is a task lost that was on its way to it: its next delivery comes with the whole history."""
    stream = await keeper(peer)
    await peer.signal("order")
    (on_its_way,) = await stream.tasks(1)
    stream.call.cancel()
    task = await peer.poll_workflow(identity="two")
    assert (shape(task), task.delivery, task.turn) == ((1, 3, 3), 2, on_its_way.turn)
    await peer.complete_turn(task)
    await peer.signal("order")
    assert shape(await peer.poll_workflow(identity="two")) == (1, 5, 5)
