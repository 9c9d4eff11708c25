"""Mutants: faults put into the store, each of which the comparison must find. They show that it is not asleep."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from dispatch import claims
from dispatch.dialect import Dialect, Params
from tests.differential.compare import ANSWERS
from workflows.codec import inbox as inbox_codec
from workflows.codec.inbox import Steering
from workflows.core.inputs import StartRequested
from workflows.core.keys import TaskKey, TimerKey
from workflows.core.state import State
from workflows.core.transition import NewTimer, TaskDelta, Transition
from workflows.store import merge
from workflows.store.backend import InboxEntry
from workflows.store.batch import Batch
from workflows.store.inline.tables import Tables
from workflows.store.lanes import Submission
from workflows.store.merge import Net
from workflows.store.postgres import parts, rows
from workflows.store.sqlite import load as sqlite_load
from workflows.store.sqlite import save as sqlite_save

Patch = pytest.MonkeyPatch


def ended_timer_kept(patch: Patch) -> None:
    """The net of a batch forgets that a timer is over."""
    original = merge._merge_timer

    def merge_timer(net: Net, key: TimerKey, timer: NewTimer | None, *, is_new: bool) -> None:
        if timer is not None:
            original(net, key, timer, is_new=is_new)

    patch.setattr(merge, "_merge_timer", merge_timer)


def short_task_written(patch: Patch) -> None:
    """A task that begins and ends in one batch is written all the same."""
    original = merge._merge_task

    def merge_task(net: Net, state: State, key: TaskKey, task: TaskDelta) -> None:
        if task is not None or key not in net.new_tasks:
            original(net, state, key, task)

    patch.setattr(merge, "_merge_task", merge_task)


def header_column_skipped(patch: Patch) -> None:
    """Postgres: an update of a header leaves out a column."""
    mutant = parts.PARTS["headers"].replace("closed_at = u.closed_at", "closed_at = x.closed_at")
    patch.setitem(parts.PARTS, "headers", mutant)


def visibility_skipped(patch: Patch) -> None:
    """Postgres: a task whose holder is lost is offered when it was before."""
    mutant = parts.PARTS["changed_tasks"].replace("coalesce(u.visible_at, t.visible_at)", "t.visible_at")
    patch.setitem(parts.PARTS, "changed_tasks", mutant)


def unseen_events_not_loaded(patch: Patch) -> None:
    """SQLite: what a turn has not seen does not wake the workflow."""
    patch.setattr(sqlite_load, "_UNSEEN", f"{sqlite_load._UNSEEN} LIMIT 0")


def details_not_handed_on(patch: Patch) -> None:
    """SQLite: the next attempt does not get the heartbeat details of the one that failed."""
    writes = tuple(each for each in sqlite_save._WRITES if each[0] != sqlite_save._HAND_ON_DETAILS)
    patch.setattr(sqlite_save, "_WRITES", writes)


def later_inputs_blind(patch: Patch) -> None:
    """Inputs of a batch do not see what those before them did."""
    original = Batch._keep

    def keep(self: Batch, transition: Transition) -> None:
        states = dict(self._states)
        original(self, transition)
        self._states = states

    patch.setattr(Batch, "_keep", keep)


def second_start_blind(patch: Patch) -> None:
    """A start does not see another of the same workflow id in the same batch."""
    original = Batch._start

    def start(self: Batch, submission: Submission, given: StartRequested) -> Transition | None:
        current = dict(self._current)
        transition = original(self, submission, given)
        self._current = current
        return transition

    patch.setattr(Batch, "_start", start)


def request_forgotten(patch: Patch) -> None:
    """The inline writer does not store the request id of a signal."""

    def remember(found: Tables, run: State, request_id: str) -> None:
        del found, run, request_id

    patch.setattr(
        sys.modules["workflows.store.inline.steer"], "remember", remember
    )  # the name is the function's


def inbox_turned_round(patch: Patch) -> None:
    """Postgres: the inbox is drained from its end."""
    original = rows.inbox

    def inbox(tagged: Any) -> list[InboxEntry]:
        return original(tagged)[::-1]

    patch.setattr(rows, "inbox", inbox)


def inbox_nameless(patch: Patch) -> None:
    """Who asked does not survive the inbox."""
    original = inbox_codec.decode

    def decode(kind: int, run_id: str, data: bytes) -> Steering:
        return replace(original(kind, run_id, data), identity="")

    patch.setattr(inbox_codec, "decode", decode)


def delivery_not_counted(patch: Patch) -> None:
    """A claim is the same delivery as the one before."""
    original = claims._taking

    def taking(dialect: Dialect, *more: Any) -> tuple[str, Params]:
        sql, params = original(dialect, *more)
        return sql.replace("delivery = t.delivery + 1", "delivery = 1"), params

    patch.setattr(claims, "_taking", taking)


@dataclass(frozen=True, slots=True)
class Mutant:
    apply: Callable[[Patch], None]
    caught_in: tuple[str, ...]
    """What may differ first: the answers, a table. A wrong event shows in its row, and in a claim that hands it out."""


MUTANTS = [
    Mutant(ended_timer_kept, ("sched_timers",)),
    Mutant(short_task_written, ("sched_tasks",)),
    Mutant(header_column_skipped, ("sched_executions",)),
    Mutant(visibility_skipped, (ANSWERS,)),
    Mutant(unseen_events_not_loaded, (ANSWERS,)),
    Mutant(details_not_handed_on, (ANSWERS,)),
    Mutant(later_inputs_blind, (ANSWERS,)),
    Mutant(second_start_blind, (ANSWERS,)),
    Mutant(request_forgotten, ("sched_requests",)),
    Mutant(inbox_turned_round, ("sched_events", ANSWERS)),
    Mutant(inbox_nameless, ("sched_events", ANSWERS)),
    Mutant(delivery_not_counted, (ANSWERS,)),
]
