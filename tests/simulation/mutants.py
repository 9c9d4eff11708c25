"""Mutants: faults put into the product, each of which the simulation must find. They show that its laws are awake.

A mutant changes the product in one place, for a process of its own; `python -m tests.simulation.hunt` runs seeds
against each until a law is broken.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch import claims
from dispatch.sweep import TaskSweep
from timers import sweep
from timers.clock import DatabaseClock
from workflows.core import events as e
from workflows.core import evolve as evolve_module
from workflows.core.decide import activity_succeeded, held, turn
from workflows.core.draft import Draft
from workflows.core.keys import TaskKey
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State, TaskState
from workflows.engine.hints import Hints
from workflows.engine.loops import Found, Loops
from workflows.store import kept
from workflows.store.alone import Alone
from workflows.store.batch import Batch
from workflows.store.commit_thread import CommitThread
from workflows.store.sqlite import save


def rewritten(owner: Any, name: str, old: str, new: str) -> None:
    """Replaces a piece of the source of a function or method; it must be there once."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{name}: {source.count(old)} times {old!r}"
    names: dict[str, Any] = {}
    exec(source.replace(old, new), function.__globals__, names)
    setattr(owner, name, names[name])


def any_delivery_speaks() -> None:
    """A worker that was given up still speaks for its task."""

    def held_task(draft: Draft, key: TaskKey, delivery: int) -> TaskState:
        task = draft.state.tasks.get(key)
        if task is None:
            raise Rejected(Code.STALE_TASK, "gone")
        return task

    for module in (held, turn):
        module.held_task = held_task  # type: ignore[attr-defined]


def unseen_is_forgotten() -> None:
    """What came while a turn was running is taken for seen."""
    original = evolve_module._APPLY[e.WorkflowTaskCompleted]

    def apply(state: State, event: e.WorkflowTaskCompleted) -> None:
        state.unseen.clear()
        original(state, event)

    evolve_module._APPLY[e.WorkflowTaskCompleted] = apply


def requests_are_forgotten() -> None:
    """A request id is not remembered."""
    rewritten(Draft, "remember", "if request_id:", "if False:")


def a_clock_set_back_is_not_believed() -> None:
    """A timer that was fired too early is fired again at once."""
    DatabaseClock.correct = lambda self: None  # type: ignore[method-assign]


def time_runs_back() -> None:
    """The instant of an event is the clock's, whatever the history says."""
    rewritten(Draft, "__init__", "max(now, state.last_event_at)", "now")


def answers_before_the_commit() -> None:
    """Who waits is told when its input is decided."""
    rewritten(
        CommitThread,
        "_commit",
        "self._backend.save_and_commit(work.decided.transitions)",
        "[each.answer(reply) for each, reply in work.decided.answers];"
        " self._backend.save_and_commit(work.decided.transitions)",
    )


def who_comes_alone_is_told_when_it_is_sent() -> None:
    """The event loop does not wait for the answer to its COMMIT, and tells what it hopes for."""
    rewritten(
        Alone,
        "begin",
        "self._backend.write(work.decided.transitions)",
        "[each.answer(reply) for each, reply in work.decided.answers];"
        " self._backend.write(work.decided.transitions)",
    )


def a_lost_commit_is_taken_for_done() -> None:
    """Where the connection dies at COMMIT, nobody asks what has become of it."""
    rewritten(CommitThread, "_settle", "outcome = self._outcome_of(transaction)", "outcome = True")


def a_stale_read_loses_its_batch() -> None:
    """What must be loaded again is not."""
    rewritten(CommitThread, "_failed", "self._lanes.put_back(work.batch)", "pass")


def inboxes_are_emptied_unread() -> None:
    """What an inline transaction has asked for is drained, and not decided."""
    rewritten(Batch, "run", "self._drain(entry.given)", "pass")


def eager_turns_follow_anything() -> None:
    """A turn that comes along with a result is taken, whatever the run has seen since its worker had it."""
    rewritten(activity_succeeded, "_turn", "and given.seen_through == state.last_event", "")


def a_part_is_taken_for_the_whole() -> None:
    """A state that was loaded with some of its children is kept as if it had all."""
    rewritten(kept, "left_by", "needs.all_children, _sees_all(needs, state)", "True, True")


def seats_are_not_written() -> None:
    """A task that is born claimed is written as one that nobody holds."""
    rewritten(save, "_holder", "if holder is None:", "if True:")


def deliveries_are_not_counted() -> None:
    """A claim does not begin a new delivery."""
    rewritten(claims, "_taking", "delivery = t.delivery + 1", "delivery = max(t.delivery, 1)")


def held_tasks_are_claimed() -> None:
    """A claim takes what another worker holds."""
    claims._NAMED_WAITS = claims._NAMED_WAITS.replace("AND coalesce(t.owner, '') = ''", "")


def lost_hints_stay_lost() -> None:
    """The sweep of tasks offers nothing."""
    rewritten(TaskSweep, "_refill", "wanted = min(lost, backlog.overdue, CHUNK * CHUNKS_MAX)", "wanted = 0")


def lapsed_leases_stay() -> None:
    """Nobody looks for the tasks of dead workers."""

    async def leases(self: Loops) -> Found:
        return Found(found=0)

    Loops._leases = leases  # type: ignore[method-assign]


def timers_die_with_their_engine() -> None:
    """The sweep of timers reads none."""
    rewritten(
        sweep.TimerSweep, "_read", "with self._connect()", "if True: return []\n    with self._connect()"
    )


def inboxes_are_not_looked_for() -> None:
    """An inbox whose hint was lost is never drained."""

    async def look(self: Hints) -> int:
        return 0

    Hints.look = look  # type: ignore[method-assign]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`of`: the part of the product that it spoils."""

    apply: Callable[[], None]
    of: str

    @property
    def name(self) -> str:
        return self.apply.__name__

    @property
    def what(self) -> str:
        return (self.apply.__doc__ or "").rstrip(".")


MUTANTS: Sequence[Mutant] = (
    Mutant(any_delivery_speaks, "kernel"),
    Mutant(unseen_is_forgotten, "kernel"),
    Mutant(requests_are_forgotten, "kernel"),
    Mutant(time_runs_back, "kernel"),
    Mutant(eager_turns_follow_anything, "kernel"),
    Mutant(answers_before_the_commit, "store"),
    Mutant(who_comes_alone_is_told_when_it_is_sent, "store"),
    Mutant(a_lost_commit_is_taken_for_done, "store"),
    Mutant(a_stale_read_loses_its_batch, "store"),
    Mutant(inboxes_are_emptied_unread, "store"),
    Mutant(a_part_is_taken_for_the_whole, "store"),
    Mutant(seats_are_not_written, "store"),
    Mutant(deliveries_are_not_counted, "dispatch"),
    Mutant(held_tasks_are_claimed, "dispatch"),
    Mutant(lost_hints_stay_lost, "dispatch"),
    Mutant(lapsed_leases_stay, "loops"),
    Mutant(timers_die_with_their_engine, "loops"),
    Mutant(inboxes_are_not_looked_for, "loops"),
    Mutant(a_clock_set_back_is_not_believed, "loops"),
)
