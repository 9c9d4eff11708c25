"""What every backend of the store must do. A class for each implementation gives it a `driver`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.store.driver import Driver, new_run_id, payload, start
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.evolve import fold
from workflows.core.keys import TaskKey, TaskKind, TimerKind
from workflows.core.transition import Started, Steered
from workflows.core.values import (
    ConflictPolicy,
    Failure,
    FailureKind,
    RetryPolicy,
    ReusePolicy,
    Status,
    TimeoutKind,
    Wait,
)
from workflows.store.backend import LoadRequest

ANY_SIGNAL = Wait(any_signal=True)
SECOND = timedelta(seconds=1)
FOLDED = (
    *("namespace", "workflow_id", "workflow_type", "task_queue", "started_at", "execution_timeout", "status"),
    *("closed_at", "last_event", "last_event_at", "turns", "turn_due", "seen_through", "wait", "wait_left"),
    *("commands", "cancel_requested", "signals_open", "timers"),
)


def activity(command: int = 0, **more: object) -> c.ScheduleActivity:
    return c.ScheduleActivity(command=command, activity_type="Do", **more)  # type: ignore[arg-type]


def boom(**more: object) -> Failure:
    return Failure(type="Boom", message="it went off", **more)  # type: ignore[arg-type]


class BackendConformance:
    """Guarantees of `workflows.store.backend`, and that whatever the kernel decides comes back as it was."""

    @pytest.fixture
    def driver(self) -> Driver:
        raise NotImplementedError

    def same_as_history(self, driver: Driver, run_id: str) -> None:
        """What is stored is the fold of the history, operations aside."""
        stored, folded = driver.load(run_id), fold(driver.history(run_id))
        assert folded is not None
        for name in FOLDED:
            assert getattr(stored, name) == getattr(folded, name), name
        assert set(stored.activities) == set(folded.activities)

    def test_a_started_run_comes_back_as_it_was_decided(self, driver: Driver) -> None:
        given = start("order-1", input=payload('"in"'), memo=payload("{}"), execution_timeout=SECOND)
        (transition,) = driver.commit(given)

        state = driver.load(given.run_id)

        assert transition.state is not None
        transition.state.unseen = []
        assert state == transition.state
        assert driver.names(given.run_id) == "WS"
        counts = driver.database.counts()
        assert (counts["executions"], counts["current_runs"], counts["tasks"], counts["timers"]) == (
            1,
            1,
            1,
            1,
        )

    def test_instants_keep_their_microseconds(self, driver: Driver) -> None:
        run_id = driver.begin()
        (event,) = driver.history(run_id)
        state = driver.load(run_id)
        assert state.started_at == state.last_event_at == event.at
        assert state.tasks[state.workflow_task_key].created_at == event.at

    def test_a_run_that_does_not_exist_is_neither_locked_nor_busy(self, driver: Driver) -> None:
        loaded = driver.backend.begin_and_load(LoadRequest(runs={new_run_id(): i.Needs()}))
        driver.backend.rollback()
        assert not loaded.states
        assert not loaded.busy

    def test_a_turn_with_every_kind_of_command_comes_back(self, driver: Driver) -> None:
        run_id = driver.begin()
        retry = RetryPolicy(initial_interval=3 * SECOND, non_retryable_error_types=("Bad",))
        limits = dict.fromkeys(
            ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout"), SECOND
        )
        driver.commit(
            driver.turn(
                run_id,
                activity(0, retry=retry, input=payload("1"), detached=True, **limits),
                c.StartTimer(command=1, duration=timedelta(microseconds=1_234_567)),
                wait=Wait(all=True, commands=frozenset({0, 1})),
            )
        )

        state = driver.load(run_id)

        assert driver.names(run_id) == "WS Y AS TS"
        self.same_as_history(driver, run_id)
        found = state.activities[3]
        assert found.retry == retry
        assert found.detached
        assert (found.start_to_close, found.heartbeat_timeout) == (SECOND, SECOND)
        assert state.tasks[found.task_key(run_id)].delivery == 0
        assert state.timers[4].due_at == state.last_event_at + timedelta(microseconds=1_234_567)

    def test_only_the_children_asked_for_are_loaded(self, driver: Driver) -> None:
        run_id = driver.begin()
        commands = [activity(n) for n in range(5)]
        driver.commit(driver.turn(run_id, *commands, wait=ANY_SIGNAL))
        assert set(driver.load(run_id).activities) == {3, 4, 5, 6, 7}

        some = driver.load(run_id, i.Needs(children=(4, 6)))

        assert set(some.activities) == {4, 6}
        assert {key.number for key in some.tasks} == {4, 6}
        assert not driver.load(run_id, i.Needs()).activities

    def test_an_outcome_ends_the_activity_and_answers_the_wait(self, driver: Driver) -> None:
        run_id = driver.begin()
        driver.commit(driver.turn(run_id, activity(), wait=Wait(commands=frozenset({0}))))
        key = driver.activity_key(run_id, 3)
        delivery = driver.claim(key)

        driver.commit(i.ActivitySucceeded(key=key, delivery=delivery, result=payload('"done"')))

        assert driver.names(run_id) == "WS Y AS AC"
        self.same_as_history(driver, run_id)
        assert driver.load(run_id).turn_due
        assert driver.database.counts()["activities"] == 0
        driver.commit(driver.turn(run_id, c.CompleteWorkflow(result=payload("1")), wait=Wait()))
        assert driver.load(run_id).status is Status.COMPLETED
        assert driver.database.counts()["tasks"] == 0

    def test_a_failed_attempt_backs_off_and_comes_again(self, driver: Driver) -> None:
        run_id = driver.begin()
        driver.commit(driver.turn(run_id, activity(), wait=ANY_SIGNAL))
        key = driver.activity_key(run_id, 3)
        driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=boom()))

        waiting = driver.load(run_id)
        assert waiting.activities[3].backing_off
        assert waiting.activities[3].last_failure == boom()
        assert driver.database.counts()["tasks"] == 0
        assert driver.database.run("SELECT kind, number, stamp FROM sched_timers") == [(2, 3, 1)]

        driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=1))

        again = driver.load(run_id)
        assert (again.activities[3].attempt, again.activities[3].backing_off) == (2, False)
        assert driver.activity_key(run_id, 3, 2) in again.tasks
        assert driver.database.counts()["timers"] == 0

    def test_a_lost_worker_s_task_is_offered_again(self, driver: Driver) -> None:
        run_id = driver.begin()
        key = driver.load(run_id).workflow_task_key
        delivery = driver.claim(key)

        driver.commit(i.LeaseExpired(key=key, delivery=delivery, lost=True))

        task = driver.load(run_id).tasks[key]
        assert (task.owner, task.lost, task.delivery, task.lease_until) == (None, 1, 1, None)

    def test_a_held_activity_that_is_cancelled_is_asked_to_stop(self, driver: Driver) -> None:
        run_id = driver.begin()
        driver.commit(driver.turn(run_id, activity(), wait=ANY_SIGNAL))
        driver.claim(driver.activity_key(run_id, 3))
        driver.commit(i.SignalSent(run_id=run_id, name="go"))

        driver.commit(driver.turn(run_id, c.CancelActivity(command=0), wait=ANY_SIGNAL))

        assert driver.names(run_id) == "WS Y AS SR Y ACR"
        assert driver.load(run_id).activities[3].cancel_requested
        rows = driver.database.run("SELECT cancel_requested, owner FROM sched_tasks WHERE kind = 2")
        assert [(bool(stop), owner) for stop, owner in rows] == [(True, "worker")]

    def test_what_arrived_behind_a_turn_is_loaded_for_it(self, driver: Driver) -> None:
        """A turn that has not seen a signal gets the events after what it has seen, and so its next turn."""
        run_id = driver.begin()
        turn = driver.turn(run_id, wait=ANY_SIGNAL)
        driver.commit(i.SignalSent(run_id=run_id, name="early"))

        state = driver.load(run_id, i.needs(turn))
        assert [event.number for event in state.unseen] == [2]
        driver.commit(turn)

        assert driver.names(run_id) == "WS SR Y"
        assert driver.load(run_id).turn_due
        self.same_as_history(driver, run_id)

    def test_a_timer_is_gone_when_it_has_fired(self, driver: Driver) -> None:
        run_id = driver.begin()
        driver.commit(
            driver.turn(
                run_id, c.StartTimer(command=0, duration=timedelta(0)), wait=Wait(commands=frozenset({0}))
            )
        )
        driver.commit(i.TimerDue(run_id=run_id, number=3))
        assert driver.names(run_id) == "WS Y TS TF"
        assert driver.database.counts()["timers"] == 0
        self.same_as_history(driver, run_id)

    def test_an_end_takes_all_that_is_open_along(self, driver: Driver) -> None:
        run_id = driver.begin(execution_timeout=timedelta(hours=1))
        driver.commit(
            driver.turn(
                run_id,
                activity(0, schedule_to_close=SECOND),
                activity(1),
                c.StartTimer(command=2, duration=SECOND),
                wait=ANY_SIGNAL,
            )
        )
        assert driver.database.counts()["timers"] == 3

        driver.commit(i.TerminateRequested(run_id=run_id, reason="enough"))

        counts = driver.database.counts()
        assert (counts["tasks"], counts["timers"], counts["activities"]) == (0, 0, 0)
        state = driver.load(run_id)
        assert state.status is Status.TERMINATED
        assert state.closed_at == state.last_event_at

    def test_a_batch_nets_what_it_does_and_undoes(self, driver: Driver) -> None:
        """Started, signalled and terminated in one transaction: no task was ever written."""
        run_id = driver.begin()
        signals = [i.SignalSent(run_id=run_id, name=f"n{n}") for n in range(3)]
        driver.commit(*signals, i.TerminateRequested(run_id=run_id))
        assert driver.names(run_id) == "WS SR SR SR WT"
        assert driver.database.counts()["tasks"] == 0

    def test_a_repeated_request_is_known(self, driver: Driver) -> None:
        run_id = driver.begin("order-2", request_id="start-1")
        (repeat,) = driver.commit(start("order-2", request_id="start-1"))
        assert repeat.reply == Started(workflow_id="order-2", run_id=run_id, started=False)

        signal = i.SignalSent(run_id=run_id, name="go", request_id="signal-1")
        driver.commit(signal)
        (again,) = driver.commit(signal)

        assert again.reply == Steered(run_id=run_id, changed=False, status=Status.RUNNING)
        assert driver.names(run_id) == "WS SR"
        assert driver.database.counts()["requests"] == 2

    def test_a_closed_id_can_be_used_again(self, driver: Driver) -> None:
        first = driver.begin("order-3")
        driver.commit(i.TerminateRequested(run_id=first))

        second = start("order-3", reuse=ReusePolicy.ALLOW_DUPLICATE)
        driver.commit(second)

        (existing,) = driver.commit(start("order-3", conflict=ConflictPolicy.USE_EXISTING))
        assert existing.reply == Started(workflow_id="order-3", run_id=second.run_id, started=False)
        assert driver.database.counts()["current_runs"] == 1

    def test_a_signal_with_start_reaches_the_run_that_exists(self, driver: Driver) -> None:
        run_id = driver.begin("order-4")
        given = start("order-4", conflict=ConflictPolicy.USE_EXISTING)
        signal = i.SignalSent(run_id=given.run_id, name="go", payload=payload("7"))
        with_signal = start("order-4", conflict=ConflictPolicy.USE_EXISTING, signal=signal, request_id="r")
        driver.commit(with_signal)
        assert driver.names(run_id) == "WS SR"

    def test_two_starts_of_one_id_in_one_batch(self, driver: Driver) -> None:
        first = start("order-5")
        second = start("order-5", conflict=ConflictPolicy.USE_EXISTING)
        _, existing = driver.commit(first, second)
        assert existing.reply == Started(workflow_id="order-5", run_id=first.run_id, started=False)
        assert driver.database.counts()["executions"] == 1

    def test_what_is_rolled_back_leaves_no_trace(self, driver: Driver) -> None:
        given = start()
        loaded = driver.backend.begin_and_load(LoadRequest())
        assert driver.decide(loaded, [given])
        driver.backend.rollback()
        assert driver.database.counts()["executions"] == 0
        driver.commit(given)
        assert driver.names(given.run_id) == "WS"

    def test_a_big_batch(self, driver: Driver) -> None:
        """500 starts, then 500 turns, each batch in one transaction."""
        starts = [start(f"bulk-{n}") for n in range(500)]
        driver.commit(*starts)
        self.claim_everything(driver)
        turns = [self.bulk_turn(driver, given.run_id) for given in starts]

        driver.commit(*turns)

        counts = driver.database.counts()
        assert (counts["executions"], counts["events"], counts["tasks"]) == (500, 1500, 500)
        assert driver.names(starts[123].run_id) == "WS Y AS"

    def claim_everything(self, driver: Driver) -> None:
        driver.database.run("UPDATE sched_tasks SET owner = 'worker', delivery = 1, claimed_at = created_at")

    def bulk_turn(self, driver: Driver, run_id: str) -> i.TurnCompleted:
        key = TaskKey(run_id, TaskKind.WORKFLOW, 1, 1)
        return i.TurnCompleted(key=key, delivery=1, seen_through=1, commands=(activity(),), wait=ANY_SIGNAL)

    def test_failures_keep_their_causes(self, driver: Driver) -> None:
        run_id = driver.begin()
        driver.commit(driver.turn(run_id, activity(schedule_to_close=3600 * SECOND), wait=ANY_SIGNAL))
        key = driver.activity_key(run_id, 3)
        cause = boom(cause=Failure(kind=FailureKind.TIMEOUT, type="T", timeout=TimeoutKind.HEARTBEAT))
        driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=cause))
        assert driver.load(run_id).activities[3].last_failure == cause
        kinds = {row[0] for row in driver.database.run("SELECT kind FROM sched_timers")}
        assert kinds == {TimerKind.RETRY, TimerKind.DEADLINE}
