"""Waits for signals: buffered, named, with a timeout, while a turn runs."""

import datetime as dt
from typing import Any

from sched_sdk import Signal, WorkflowContext

from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry


def told(signal: Signal | None) -> Any:
    return None if signal is None else [signal.name, signal.payload]


@registry.workflow("LateListener")
def late_listener(ctx: WorkflowContext, count: int) -> list[Any]:
    """Is busy first; takes `count` signals then."""
    ctx.execute_activity("Double", 1)
    return [told(ctx.wait_for_signal()) for _ in range(count)]


@registry.workflow("NamedListener")
def named_listener(ctx: WorkflowContext) -> list[Any]:
    """Takes `second` first, then whatever was kept."""
    wanted = ctx.wait_for_signal("second")
    return [told(wanted), told(ctx.wait_for_signal()), told(ctx.wait_for_signal())]


@registry.workflow("SleepThenListen")
def sleep_then_listen(ctx: WorkflowContext) -> Any:
    """A signal during the sleep is there for the wait."""
    ctx.queue_activity("Double", 1)
    ctx.sleep(dt.timedelta(seconds=2))
    return told(ctx.wait_for_signal())


@registry.workflow("BusyTurn")
def busy_turn(ctx: WorkflowContext, folder: str) -> Any:
    """Its first turn lasts until the test lets it go."""
    announce(folder, "in-turn")
    hold(folder, "go")
    return told(ctx.wait_for_signal())


@registry.workflow("Impatient")
def impatient(ctx: WorkflowContext, seconds: float) -> Any:
    """Gives up on the signal in time."""
    return told(ctx.wait_for_signal(timeout=seconds)) or "none came"


@registry.workflow("Hesitant")
def hesitant(ctx: WorkflowContext, seconds: float) -> list[Any]:
    """Gives up, and then waits after all: a signal is in the one place or in the other."""
    first = ctx.wait_for_signal(timeout=seconds)
    return [told(first), None if first else told(ctx.wait_for_signal())]
