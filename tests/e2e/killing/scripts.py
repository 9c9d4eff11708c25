"""What is done while something dies: each script runs a workflow to its end, and tells how it ended.

A script is the same with and without a fault, so that the one can be compared with the other. Whatever it asks for, it
asks again until it is answered, as the clients do by themselves, with the same request id.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sched_sdk import WorkflowFailed
from sched_sdk.client import WorkflowHandle

from tests.e2e.harness import bulk, histories
from tests.e2e.harness.waiting import wait_for
from tests.e2e.killing.lane import Lane
from tests.e2e.killing.lives import Death, Lives

WAITS = "WS, Y, AS, AC, Y, TS, TF, Y"
JOURNEY = f"{WAITS}, SR, Y, WC"
"""The journey until it waits for its signal, and to its end."""
RESULT_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Where the processes of a script die; empty: nowhere."""

    engine: Sequence[Death] = ()
    worker: Sequence[Death] = ()
    caller: Sequence[Death] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What has become of it: to be equal with and without a fault."""

    result: Any
    history: list[str]
    runs: int
    outstanding: dict[str, int]
    findings: list[str]
    """Of `manage.py fsck`."""
    lives: dict[str, Lives] = field(compare=False)


type Script = Callable[[Lane, Faults], Ending]


def journey(lane: Lane, faults: Faults) -> Ending:
    """An activity, a sleep, a signal; started and steered over gRPC."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    lane.mark("signal")
    handle.signal("go", "on", request_id=f"{name}-go")
    return ending(lane, handle, JOURNEY, lives)


def queued_journey(lane: Lane, faults: Faults) -> Ending:
    """The worker comes late, so that the first task waits in Redis."""
    name = lane.begin()
    engine = lane.engine(*faults.engine, None)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    worker = lane.worker(None)
    lane.wait_until(handle, WAITS)
    handle.signal("go", "on", request_id=f"{name}-go")
    return ending(lane, handle, JOURNEY, {"engine": engine, "worker": worker})


def seated_journey(lane: Lane, faults: Faults) -> Ending:
    """The worker is known to have room, so that tasks are born claimed."""
    name = lane.begin()
    lives = processes(lane, faults)
    warm = lane.client.start("Doubling", 1, workflow_id=f"{name}-warm", request_id=f"{name}-warm")
    assert warm.result(RESULT_SECONDS) == 3
    lane.mark("warm")
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    handle.signal("go", "on", request_id=f"{name}-go")
    return ending(lane, handle, JOURNEY, lives)


def cancelled(lane: Lane, faults: Faults) -> Ending:
    """A journey that is cancelled while it waits for its signal."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    lane.mark("cancel")
    handle.cancel("no longer wanted")
    return ending(lane, handle, f"{WAITS}, WCR, Y, WX", lives)


def terminated(lane: Lane, faults: Faults) -> Ending:
    """A journey that is ended while it waits for its signal."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    lane.mark("terminate")
    handle.terminate("no longer wanted")
    return ending(lane, handle, f"{WAITS}, WT", lives)


def retried(lane: Lane, faults: Faults) -> Ending:
    """An activity fails, and is tried again after its back-off."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("BacksOff", workflow_id=name, request_id=f"{name}-start")
    return ending(lane, handle, "WS, Y, AS, AR, AC, Y, WC", lives)


def inline_journey(lane: Lane, faults: Faults) -> Ending:
    """The same, started and steered by Django code."""
    name = lane.begin()
    lives = processes(lane, faults)
    options = {"workflow_id": name, "request_id": f"{name}-start"}
    starter = lane.caller(*faults.caller, None, call=("start_workflow", ["Journey", 7], options))
    starter.wait_for_deaths(len(faults.caller) + 1)
    handle = lane.client.handle(name)
    lane.wait_until(handle, WAITS)
    options = {"request_id": f"{name}-go"}
    signaller = lane.caller(None, call=("signal_workflow", [name, "go", "on"], options))
    return ending(lane, handle, JOURNEY, lives | {"caller": starter, "signaller": signaller})


def inline_signal(lane: Lane, faults: Faults) -> Ending:
    """The caller that dies is the one that signals."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    call = ("signal_workflow", [name, "go", "on"], {"request_id": f"{name}-go"})
    return ending(lane, handle, JOURNEY, lives | {"caller": lane.caller(*faults.caller, None, call=call)})


def bulk_signal(lane: Lane, faults: Faults) -> Ending:
    """Three journeys get their signal by one bulk operation: each of them, and once."""
    name = lane.begin()
    lives = processes(lane, faults)
    names = [name, f"{name}-b", f"{name}-c"]
    handles = [
        lane.client.start("Journey", 7, workflow_id=each, request_id=f"{each}-start") for each in names
    ]
    for handle in handles:
        lane.wait_until(handle, WAITS)
    lives["caller"] = lane.caller(None, call=(f"{bulk.__name__}.signal_all", [name, "go", '"on"'], {}))
    for handle in handles[1:]:
        handle.result(RESULT_SECONDS)
        lane.wait_until(handle, JOURNEY)
    return ending(lane, handles[0], JOURNEY, lives)


def polled_journey(lane: Lane, faults: Faults) -> Ending:
    """The worker polls."""
    name = lane.begin()
    lives = {
        "engine": lane.engine(*faults.engine, None),
        "worker": lane.worker(*faults.worker, None, SCHED_WORKER_STREAMING="false"),
    }
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    handle.signal("go", "on", request_id=f"{name}-go")
    return ending(lane, handle, JOURNEY, lives)


def lost_worker(lane: Lane, faults: Faults) -> Ending:
    """The worker is killed in a turn, and another has the task."""
    return _held_turn(lane, faults, signal.SIGKILL)


def stopped_worker(lane: Lane, faults: Faults) -> Ending:
    """The worker is stopped in a turn, hands it back, and another has it."""
    return _held_turn(lane, faults, signal.SIGTERM)


def _held_turn(lane: Lane, faults: Faults, number: signal.Signals) -> Ending:
    name = lane.begin()
    engine = lane.engine(*faults.engine, None)
    worker = lane.worker(None, None, SCHED_SHUTDOWN_GRACE_SECONDS="1")
    folder = lane.folder / name
    folder.mkdir()
    handle = lane.client.start("HeldTurn", str(folder), workflow_id=name, request_id=f"{name}-start")
    wait_for((folder / "in-turn").exists, "turn that runs")
    worker.send(number)
    worker.wait_for_deaths(1)
    (folder / "go").touch()
    return ending(lane, handle, "WS, Y, WC", {"engine": engine, "worker": worker}, hidden=str(folder))


def overdue(lane: Lane, faults: Faults) -> Ending:
    """The engine is killed while a timer runs; those that follow find it by their sweep."""
    name = lane.begin()
    engine = lane.engine(None, *faults.engine, None)
    worker = lane.worker(None)
    handle = lane.client.start("Nap", 5.0, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, "WS, Y, TS")
    engine.send(signal.SIGKILL)
    return ending(lane, handle, "WS, Y, TS, TF, Y, WC", {"engine": engine, "worker": worker})


def reporting(lane: Lane, faults: Faults) -> Ending:
    """An activity reports, and runs on until whoever is to die has died."""
    name = lane.begin()
    lives = processes(lane, faults)
    folder = lane.folder / name
    folder.mkdir()
    handle = lane.client.start("ReportingOnce", str(folder), workflow_id=name, request_id=f"{name}-start")
    wait_for((folder / "running").exists, "activity that runs")
    lives["engine"].wait_for_deaths(len(faults.engine))
    (folder / "go").touch()
    return ending(lane, handle, "WS, Y, AS, AC, Y, WC", lives, hidden=str(folder))


def locked_out(lane: Lane, faults: Faults) -> Ending:
    """The signal meets a transaction of somebody else that holds the execution, until the engine has died."""
    name = lane.begin()
    lives = processes(lane, faults)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    with ThreadPoolExecutor(1) as aside, psycopg.connect(lane.dsn) as holder:
        holder.execute("SELECT 1 FROM sched_executions FOR UPDATE")
        signalled = aside.submit(handle.signal, "go", "on", request_id=f"{name}-go")
        lives["engine"].wait_for_deaths(len(faults.engine))
        holder.rollback()
        signalled.result()
    return ending(lane, handle, JOURNEY, lives)


def stopped_engine(lane: Lane, faults: Faults) -> Ending:
    """The engine is asked to stop while the workflow waits; the one that follows goes on."""
    name = lane.begin()
    # Without a fault the first one simply stops.
    engine = lane.engine(*faults.engine, None) if faults.engine else lane.engine(None, None)
    worker = lane.worker(None)
    handle = lane.client.start("Journey", 7, workflow_id=name, request_id=f"{name}-start")
    lane.wait_until(handle, WAITS)
    wait_for(lane.is_leader, "engine that leads")
    engine.send(signal.SIGTERM)
    engine.wait_for_deaths(1)
    handle.signal("go", "on", request_id=f"{name}-go")
    return ending(lane, handle, JOURNEY, {"engine": engine, "worker": worker})


def processes(lane: Lane, faults: Faults) -> dict[str, Lives]:
    """An engine and a worker, with who follows them."""
    # Who dies before it serves is not waited for.
    ready = not any(death.point == "LOCK_GRANTED" for death in faults.engine)
    return {
        "engine": lane.engine(*faults.engine, None, ready=ready),
        "worker": lane.worker(*faults.worker, None),
    }


def ending(
    lane: Lane, handle: WorkflowHandle, pattern: str, lives: dict[str, Lives], *, hidden: str = ""
) -> Ending:
    """Waits for the end."""
    try:
        result = handle.result(RESULT_SECONDS)
    except WorkflowFailed as failed:
        result = [failed.status, str(failed.cause)]
    events = lane.wait_until(handle, pattern)
    told = histories.canonical(pattern, events)
    if hidden:
        told = [line.replace(hidden, "…") for line in told]
        result = str(result).replace(hidden, "…")
    return Ending(
        result=result,
        history=told,
        runs=lane.runs_of(handle.workflow_id),
        outstanding=lane.outstanding(),
        findings=lane.fsck(),
        lives=lives,
    )
