"""An inline start."""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from timers.clock import Clock
from workflows import tracing
from workflows.core.decide import decide
from workflows.core.inputs import SignalSent, StartRequested
from workflows.core.state import State
from workflows.core.transition import NewTask, Started, Transition
from workflows.points import Point, reach
from workflows.store import wakeups
from workflows.store.backend import StartKey
from workflows.store.changes import changes_of
from workflows.store.inline.holding import hold
from workflows.store.inline.tables import Tables, put, tables, write
from workflows.store.merge import merge
from workflows.store.started import STARTED


def start(given: StartRequested, *, using: str = "default", clock: Clock | None = None) -> Started:
    """Start a run, or find the one that has the id, as the policies say. `clock` replaces the database's in tests.

    Raises:
        Rejected: ALREADY_EXISTS; ID_BUSY, where another transaction that is not over uses the id.
    """
    if tracing.current is None:
        return _start(given, using, clock)
    names = (given.workflow_type, given.workflow_id, given.run_id, given.headers)
    with tracing.current.start(*names) as headers:
        return _start(replace(given, headers=headers), using, clock)


def _start(given: StartRequested, using: str, clock: Clock | None) -> Started:
    with transaction.atomic(using=using):
        found = tables(using, clock)
        name = (given.namespace, given.workflow_id)
        current, known = None, None
        if given.workflow_id != given.run_id:  # nobody else can have a generated id
            key = StartKey(*name, given.request_id)
            hold(lambda: found.try_start(key), f"workflow id {given.workflow_id!r}")
            current = found.current(name)
            known = found.request(name, given.request_id) if given.request_id else None
        requests = {} if known is None else {given.request_id: known}
        exists = known is not None or (current is not None and current.is_open)
        # The run that exists belongs to the engine: a signal for it goes by the inbox.
        decided = replace(given, signal=None) if exists else given
        transition = decide(current, decided, found.now(), requests=requests)
        _write(found, transition, current)
        if given.signal is not None and exists and known is None:
            assert current is not None
            _signal(found, current, given.signal)
        _announce(found, transition)
        if transition.is_new_run:
            transaction.on_commit(STARTED.inc, using=using, robust=True)
        reach(Point.INLINE_WRITTEN)
    reply = transition.reply
    assert isinstance(reply, Started)
    return reply


def _write(found: Tables, transition: Transition, current: State | None) -> None:
    net = merge([transition])
    if not net.is_empty:
        write(found, net, current)


def _signal(found: Tables, run: State, signal: SignalSent) -> None:
    put(found, run, replace(signal, run_id=run.run_id, request_id=""))
    wakeups.announce(found.connection, run_ids=[run.run_id])


def _announce(found: Tables, transition: Transition) -> None:
    tasks: Sequence[NewTask] = [task for task in transition.tasks.values() if isinstance(task, NewTask)]
    timers = [timer for timer in transition.timers.values() if timer is not None]
    wakeups.announce(
        found.connection,
        tasks=[task.ref for task in tasks],
        timers=timers,
        changes=changes_of([transition]),
    )
