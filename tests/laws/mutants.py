"""Mutants: faults put into the kernel, each of which the laws must find. They show that the laws are not asleep."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from workflows.core import decide as decide_package
from workflows.core import draft as draft_module
from workflows.core import events as e
from workflows.core import evolve as evolve_module
from workflows.core import inputs as i
from workflows.core import values
from workflows.core.decide import held, legal, turn
from workflows.core.draft import Draft
from workflows.core.keys import TaskKey
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State, TaskState
from workflows.core.transition import Steered, Transition

Patch = pytest.MonkeyPatch


def seen_through_ignored(patch: Patch) -> None:
    """What came while a turn was running is taken for seen."""
    original = evolve_module._APPLY[e.WorkflowTaskCompleted]

    def apply(state: State, event: e.WorkflowTaskCompleted) -> None:
        state.unseen.clear()
        original(state, event)

    patch.setitem(evolve_module._APPLY, e.WorkflowTaskCompleted, apply)


def all_wait_counted_twice(patch: Patch) -> None:
    """Each arrival counts for two members of an all-wait."""
    original = evolve_module._answer_command

    def answer(state: State, command: int, *, failed: bool) -> None:
        if command in state.wait.commands and state.wait_left > 1:
            state.wait_left -= 1
        original(state, command, failed=failed)

    patch.setattr(evolve_module, "_answer_command", answer)


def close_keeps_awaited(patch: Patch) -> None:
    """After COMPLETED and FAILED activities run on, whether detached or not."""
    original = evolve_module._ended

    def ended(state: State, event: e.Event) -> None:
        activities = dict(state.activities)
        original(state, event)
        if state.status.keeps_detached:
            state.activities = activities

    for kind in e.TERMINAL:
        patch.setitem(evolve_module._APPLY, kind, ended)


def close_keeps_after_cancel(patch: Patch) -> None:
    """Detached activities outlive every end."""
    patch.setattr(values.Status, "keeps_detached", property(lambda self: True))


def cancel_raised_twice(patch: Patch) -> None:
    """A second cancel request is recorded like the first."""

    def decide(draft: Draft, given: i.CancelRequested) -> Transition:
        draft.emit(e.WorkflowExecutionCancelRequested)
        return draft.finish(Steered(run_id=draft.state.run_id, changed=True, status=draft.state.status))

    patch.setitem(decide_package._DECIDE, i.CancelRequested, decide)


def timer_not_dropped(patch: Patch) -> None:
    """A canceled timer's row stays."""
    patch.delitem(draft_module._AFTER, e.TimerCanceled)


def any_delivery_accepted(patch: Patch) -> None:
    """A worker that was given up still speaks for its task."""

    def held_task(draft: Draft, key: TaskKey, delivery: int) -> TaskState:
        task = draft.state.tasks.get(key)
        if task is None:
            raise Rejected(Code.STALE_TASK, "gone")
        return task

    patch.setattr(held, "held_task", held_task)
    patch.setattr(turn, "held_task", held_task)


def caller_state_changed(patch: Patch) -> None:
    """`decide` works on the caller's state."""
    patch.setattr(State, "fork", lambda self: self)


def needs_too_little(patch: Patch) -> None:
    """A turn that cancels something is decided without the run's children."""

    def needs(given: i.RunInput) -> i.Needs:
        need = _needs(given)
        return replace(need, all_children=False) if isinstance(given, i.TurnCompleted) else need

    _needs = i.needs
    patch.setattr(i, "needs", needs)


def back_off_without_timer(patch: Patch) -> None:
    """The next attempt of a failed activity is never armed."""
    original = Draft.set_timer

    def set_timer(self: Draft, kind: Any, *args: Any, **more: Any) -> None:
        if kind.name != "RETRY":
            original(self, kind, *args, **more)

    patch.setattr(Draft, "set_timer", set_timer)


def closed_run_signaled(patch: Patch) -> None:
    """An ended run still takes signals."""
    for status in values.Status:
        cell: tuple[values.Status, type[Any]] = (status, i.SignalSent)
        patch.setitem(legal.TABLE, cell, legal.Verdict.DECIDE)


@dataclass(frozen=True, slots=True)
class Mutant:
    apply: Callable[[Patch], None]
    caught_by: str
    """The law that finds it first."""


DUE = "a turn is due when what it waits for came"
DELTAS = "the deltas lead to the effects"
AFTER_END = "after the end only detached activities go on"

MUTANTS = [
    Mutant(seen_through_ignored, DUE),
    Mutant(all_wait_counted_twice, DUE),
    Mutant(close_keeps_awaited, DELTAS),
    Mutant(close_keeps_after_cancel, AFTER_END),
    Mutant(cancel_raised_twice, "a repeat changes nothing"),
    Mutant(timer_not_dropped, DELTAS),
    Mutant(any_delivery_accepted, "only the holder speaks"),
    Mutant(caller_state_changed, "the argument stays as it was"),
    Mutant(needs_too_little, "a partial state is enough"),
    Mutant(back_off_without_timer, DELTAS),
    Mutant(closed_run_signaled, "a closed execution stays closed"),
]
