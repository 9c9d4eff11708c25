"""Drives a backend as the group commit does: load what inputs need, decide them in order, save, commit."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import timedelta

from tests.store.databases import Database
from workflows.codec import events as codec
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.core.values import Payload
from workflows.store.backend import Backend, Loaded, LoadRequest, StartKey, merge_needs

_serial = itertools.count(1)


def new_run_id() -> str:
    """Ids in order, so that locks taken in key order are taken in the order of creation."""
    return str(uuid.UUID(int=(0x7000 << 64) | (2 << 62) | next(_serial)))


def start(workflow_id: str = "", **more: object) -> i.StartRequested:
    run_id = new_run_id()
    return i.StartRequested(
        workflow_id=workflow_id or run_id,
        run_id=run_id,
        workflow_type="Type",
        **more,  # type: ignore[arg-type]
    )


def request_of(inputs: Sequence[i.Input], *, wait: bool = False) -> LoadRequest:
    runs: dict[str, list[i.Needs]] = {}
    starts: list[StartKey] = []
    for given in inputs:
        if isinstance(given, i.StartRequested):
            lock = given.signal is not None
            starts.append(StartKey(given.namespace, given.workflow_id, given.request_id, lock))
        else:
            runs.setdefault(i.run_id_of(given), []).append(i.needs(given))
    steering = [given for given in inputs if not isinstance(given, i.StartRequested)]
    ids = [(i.run_id_of(given), getattr(given, "request_id", "")) for given in steering]
    return LoadRequest(
        runs={run: merge_needs(each) for run, each in runs.items()},
        starts=starts,
        run_requests=[each for each in ids if each[1]],
        wait=wait,
    )


class Driver:
    """One backend, and looks at what it has written through Django's connection."""

    def __init__(self, backend: Backend, database: Database) -> None:
        self.backend = backend
        self.database = database

    def commit(self, *inputs: i.Input, wait: bool = False) -> list[Transition]:
        """One transaction. The transitions of the inbox come first."""
        loaded = self.backend.begin_and_load(request_of(inputs, wait=wait))
        transitions = self.decide(loaded, inputs)
        self.backend.save_and_commit(transitions)
        return transitions

    def decide(self, loaded: Loaded, inputs: Sequence[i.Input]) -> list[Transition]:
        states = dict(loaded.states)
        current = dict(loaded.current)
        transitions: list[Transition] = []
        for entry in loaded.inbox:
            transitions.append(decide(states[entry.run_id], entry.given, loaded.now))
            states[entry.run_id] = _state(transitions[-1])
        for given in inputs:
            if isinstance(given, i.StartRequested):
                name = (given.namespace, given.workflow_id)
                before = current.get(name)
                before = before and states.get(before.run_id, before)
            else:
                before = states.get(i.run_id_of(given))
                name = ("", "") if before is None else (before.namespace, before.workflow_id)
            transition = decide(before, given, loaded.now, requests=loaded.requests.get(name))
            transitions.append(transition)
            if transition.is_new_run:
                current[name] = _state(transition)
            if transition.state is not None:
                states[transition.state.run_id] = transition.state
        return transitions

    def begin(self, workflow_id: str = "", **more: object) -> str:
        """A new run; its id."""
        given = start(workflow_id, **more)
        self.commit(given)
        return given.run_id

    def load(self, run_id: str, needs: i.Needs | None = None) -> State:
        """The run as the next transaction would see it, with all children unless told otherwise."""
        wanted = needs or i.Needs(all_children=True, seen_through=0)
        loaded = self.backend.begin_and_load(LoadRequest(runs={run_id: wanted}))
        self.backend.rollback()
        return loaded.states[run_id]

    def claim(self, key: TaskKey) -> int:
        """A worker takes the task; its delivery."""
        (run_id,) = (key.run_id,) if self.database.is_postgres else (key.run_id.replace("-", ""),)
        lease = self.load(key.run_id).last_event_at + timedelta(seconds=30)
        self.database.run(
            "UPDATE sched_tasks SET owner = 'worker', delivery = delivery + 1, claimed_at = created_at,"
            " lease_until = %s WHERE run_id = %s AND kind = %s AND number = %s AND attempt = %s",
            [lease if self.database.is_postgres else str(lease)[:26], run_id, int(key.kind), *key[2:]],
        )
        return 1

    def turn(self, run_id: str, *commands: object, **more: object) -> i.TurnCompleted:
        """The answer to the outstanding workflow task, claimed on the way. It has seen all there is."""
        state = self.load(run_id)
        delivery = self.claim(state.workflow_task_key)
        more.setdefault("seen_through", state.last_event)
        return i.TurnCompleted(
            key=state.workflow_task_key,
            delivery=delivery,
            commands=commands,  # type: ignore[arg-type]
            **more,  # type: ignore[arg-type]
        )

    def activity_key(self, run_id: str, number: int, attempt: int = 1) -> TaskKey:
        return TaskKey(run_id, TaskKind.ACTIVITY, number, attempt)

    def history(self, run_id: str) -> list[e.Event]:
        given = run_id if self.database.is_postgres else run_id.replace("-", "")
        rows = self.database.run("SELECT seq, data FROM sched_events WHERE run_id = %s ORDER BY seq", [given])
        events = [codec.decode(bytes(data)) for _, data in rows]
        assert [seq for seq, _ in rows] == [event.number for event in events]
        return events

    def names(self, run_id: str) -> str:
        """The history in short names."""
        return " ".join(e.SHORT_NAMES[type(event)] for event in self.history(run_id))


def payload(text: str) -> Payload:
    return Payload(text.encode())


def _state(transition: Transition) -> State:
    assert transition.state is not None
    return transition.state
