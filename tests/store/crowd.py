"""A database with a bit of everything: runs in every stage, with all kinds of rows outstanding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction

from tests.store.databases import TABLES, Database
from tests.store.driver import Driver, payload
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKey
from workflows.core.values import Failure, Wait
from workflows.store.inline import steer

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ANY_SIGNAL = Wait(any_signal=True)
BOOM = Failure(type="Boom", message="it went off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Run ids."""

    busy: str
    """Open; 3: activity held by a worker, 4: backs off, 5: waits, with both schedule limits, 6: a timer; a timeout."""
    fresh: str
    """Open, its first turn held by a worker; an inbox entry; a request id."""
    after: str
    """COMPLETED; its detached activity 3 is in its second attempt."""
    ended: str
    """TERMINATED, its id `again` in use by another run."""
    again: str
    """Open, no turn due: waits for signals, of which it has one that it does not wait for."""


def crowd(driver: Driver) -> Crowd:
    """Fills an empty database."""
    ended = driver.begin("again")
    driver.commit(i.TerminateRequested(run_id=ended, request_id="end-it"))
    return Crowd(
        busy=_busy(driver), fresh=_fresh(driver), after=_after(driver), ended=ended, again=_again(driver)
    )


class Kept:
    """A crowd that is made once, and put back for each test: of a database that nobody else fills."""

    def __init__(self, driver: Driver) -> None:
        self._database = driver.database
        self.runs = crowd(driver)
        for table in TABLES:
            self._database.run(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")

    def restore(self) -> Crowd:
        with transaction.atomic(self._database.alias):
            for table in TABLES:
                self._database.run(f"DELETE FROM {table}")
                self._database.run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        return self.runs

    def drop(self) -> None:
        for table in TABLES:
            self._database.run(f"DROP TABLE kept_{table}")


def hold(driver: Driver, key: TaskKey) -> int:
    """A worker takes the task, as `dispatch.claims` writes it; its delivery."""
    database = driver.database
    table = {"run_id": raw_id(database, key.run_id), "kind": int(key.kind), "number": key.number}
    table["attempt"] = key.attempt
    where = " AND ".join(f"{name} = %s" for name in table)
    database.run(
        f"""UPDATE sched_tasks SET owner = 'worker', session = 'session', engine = 'engine',
        delivery = delivery + 1, claimed_at = created_at, lease_until = created_at WHERE {where}""",
        list(table.values()),
    )
    return int(database.run(f"SELECT delivery FROM sched_tasks WHERE {where}", list(table.values()))[0][0])


def raw_id(database: Database, run_id: str) -> Any:
    """As the database has it."""
    return run_id if database.is_postgres else run_id.replace("-", "")


def _busy(driver: Driver) -> str:
    run_id = driver.begin("busy", execution_timeout=HOUR, memo=payload("{}"))
    limits = {"start_to_close": HOUR, "heartbeat_timeout": HOUR}
    driver.commit(
        driver.turn(
            run_id,
            c.ScheduleActivity(command=0, activity_type="Held", **limits),  # type: ignore[arg-type]
            c.ScheduleActivity(command=1, activity_type="Fails", task_queue="other"),
            c.ScheduleActivity(
                command=2, activity_type="Waits", schedule_to_start=HOUR, schedule_to_close=2 * HOUR
            ),
            c.StartTimer(command=3, duration=HOUR),
            wait=Wait(commands=frozenset({0, 3})),
        )
    )
    hold(driver, driver.activity_key(run_id, 3))
    failing = driver.activity_key(run_id, 4)
    driver.commit(i.ActivityFailed(key=failing, delivery=hold(driver, failing), failure=BOOM))
    return run_id


def _fresh(driver: Driver) -> str:
    run_id = driver.begin("fresh", request_id="start-it")
    hold(driver, driver.load(run_id).workflow_task_key)
    steer(i.SignalSent(run_id=run_id, name="go"), workflow_id="fresh", using=driver.database.alias)
    return run_id


def _after(driver: Driver) -> str:
    run_id = driver.begin("after")
    activity = c.ScheduleActivity(command=0, activity_type="Detached", detached=True)
    driver.commit(driver.turn(run_id, activity, c.CompleteWorkflow(), wait=Wait()))
    key = driver.activity_key(run_id, 3)
    driver.commit(i.ActivityFailed(key=key, delivery=hold(driver, key), failure=BOOM))
    driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=1))
    return run_id


def _again(driver: Driver) -> str:
    run_id = driver.begin("again", request_id="once-more")
    driver.commit(driver.turn(run_id, wait=Wait(signals=frozenset({"go"}))))
    driver.commit(i.SignalSent(run_id=run_id, name="other"))
    return run_id
