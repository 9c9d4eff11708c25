"""A backup of a database at work, restored beside an empty Redis and the old one, by the commands of docs/backup.md.

The dump finds workflows in every kind of waiting, and the engine goes on after it. What it has is there again, and all
of it finishes; what was done later is done again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sched_sdk import NotFound
from sched_sdk.client import Client, WorkflowHandle
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.docs.samples import samples
from tests.e2e.harness import bulk, histories
from tests.e2e.harness.backends import (
    EMBEDDED,
    POSTGRES_REDIS,
    Backend,
    fresh_database,
    maintenance,
    make_template,
    migrate,
)
from tests.e2e.harness.processes import ROOT, clean_environment
from tests.e2e.harness.second_process import SecondProcess
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.postgres import find_binaries, postgres_server
from tests.servers.redis import redis_server

PAGE = ROOT / "docs/backup.md"
DUMP, RESTORE, COPY, PUT_BACK = (each.text for each in samples(PAGE, "sh") if each.word != "not run")
"""All commands of the page, in its order."""

CROWD = 400
"""Several chunks of a bulk operation, which takes a second for each while nobody works on them."""
UNSERVED = "unserved"
TERMINAL = ("WC", "WF", "WX", "WT", "WTO")
OPEN = "SELECT count(*) FROM sched_executions WHERE closed_at IS NULL"
AUDIT = "SELECT count(*) FROM sched_audit"
CAUGHT = """SELECT
    (SELECT count(*) FROM sched_tasks WHERE owner IS NOT NULL AND kind = 2),
    (SELECT count(*) FROM sched_activities WHERE backing_off),
    (SELECT count(*) FROM sched_tasks WHERE owner IS NULL AND queue = 'unserved'),
    (SELECT count(*) FROM sched_inbox JOIN sched_executions USING (run_id) WHERE workflow_type = 'SignalDemo'),
    (SELECT count(*) FROM sched_inbox JOIN sched_executions USING (run_id)
        WHERE workflow_type = 'Listening' AND task_queue = 'default')"""
"""Activities in hand, one that waits for its retry, a turn without a worker, a signal and a cancel undrained."""
BULK = "SELECT changed, skipped, failed, found, state FROM sched_bulk_operations"


class Keyed(Stack):
    """An engine that demands keys, of which its client and its workers have some."""

    def begin(self, keys: dict[str, str]) -> None:
        self.keys = keys
        self.client.close()
        self.client = Client(self.address, api_key=keys["client"])
        self.start_engine()
        self.start_worker(SCHED_API_KEY=keys["worker"])

    @property
    def dsn(self) -> str:
        return self.backend.variables["SCHED_POSTGRES_DSN"]

    def rows(self, statement: str, *parameters: Any) -> list[Any]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def value(self, statement: str, *parameters: Any) -> Any:
        return self.rows(statement, *parameters)[0][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A backup, and what was so when it was taken."""

    folder: Path
    variables: dict[str, str]
    keys: dict[str, str]
    ids: dict[str, str]
    closed: dict[str, Sequence[str]]
    audit: int
    late: str = "started-after-the-dump"
    crowd: list[str] = field(default_factory=list)


def manage(backend: Backend, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=clean_environment(backend.variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def run_sample(text: str, variables: dict[str, str], folder: Path) -> None:
    """As a person in the project's folder types it, with the tools of the server's version."""
    manage_py = folder / "manage.py"
    if not manage_py.exists():
        manage_py.symlink_to(ROOT / "manage.py")
    path = [str(Path(sys.executable).parent), str(find_binaries(None)), os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=folder,
        env=clean_environment({**variables, "PATH": os.pathsep.join(path)}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


def fsck(stack: Stack) -> None:
    manage(stack.backend, "fsck")


def told(events: Sequence[HistoryEvent]) -> list[str]:
    return [histories.told_of(event) for event in events]


def check_it_ended_once(handle: WorkflowHandle) -> None:
    """No gap, and one event that ends it, the last but for those of activities that outlive it."""
    events = handle.history()
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert sum(histories.short(event) in TERMINAL for event in events) == 1, histories.text(events)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A server of our own, with the DSN of a migrated database on it."""
    with postgres_server() as dsn:
        yield make_template(dsn)


@pytest.fixture(scope="module")
def taken(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taken]:
    """The dump of a stack that is gone; its Redis is still there, with hints of what was done later."""
    folder = tmp_path_factory.mktemp("taken")
    with redis_server() as redis_url, ExitStack() as open_things:
        variables = {
            "SCHED_DATABASE_PATH": str(folder / "unused.sqlite3"),
            "SCHED_POSTGRES_DSN": postgres,
            "SCHED_REDIS_URL": redis_url,
            "SCHED_SECRET_KEY": "the same before and after, and long enough",
            "SCHED_AUTH": "required",
        }
        stack = Keyed(Backend(name=POSTGRES_REDIS, variables=variables), STREAMING, folder)
        open_things.callback(stack.stop)
        keys = {
            role: manage(stack.backend, "apikey", "create", role, "--role", role)
            for role in ("client", "worker")
        }
        stack.begin(keys)
        backup = take(stack, folder)
        go_on(stack, backup)
        open_things.close()
        yield backup


def take(stack: Keyed, folder: Path) -> Taken:
    """Brings workflows into all kinds of waiting, and dumps."""
    done, failed = stack.start("Doubling", 20), stack.start("UncaughtFailure")
    assert done.result(60) == 41
    stack.wait_until(failed, "WS, Y, AS, AF, Y, WF")
    handles = {
        "in hand": stack.start("Noted", made(folder / "in-hand")),
        "done later": stack.start("Noted", made(folder / "done-later")),
        "no worker": stack.start("Doubling", 3, task_queue=UNSERVED),
        "listening": stack.start("SignalDemo"),
        "signalled": stack.start("SignalDemo"),
        "cancelled": stack.start("Listening"),
        "asleep": stack.start("Nap", 12.0),
        "backing off": stack.start("BacksOffForLong"),
    }
    crowd = [stack.start("Listening", task_queue="crowd").workflow_id for _ in range(CROWD)]
    for place in ("in-hand", "done-later"):
        wait_for((folder / place / "in-hand").exists, f"activity {place}")
    for waiting in ("listening", "signalled", "asleep"):
        stack.wait_until(handles[waiting], "WS, Y, TS")
    stack.wait_until(handles["cancelled"], "WS, Y")
    stack.wait_until(handles["backing off"], "WS, Y, AS, AR")
    runs = [handles[name].describe().execution.run_id for name in ("signalled", "cancelled")]
    with SecondProcess(stack.backend.variables) as django, psycopg.connect(stack.dsn) as holder:
        # Whoever drains an inbox steps over a header that is locked: the entries stay where they are.
        holder.execute("SELECT 1 FROM sched_executions WHERE run_id = ANY(%s) FOR UPDATE", [runs])
        django.signal_workflow(handles["signalled"].workflow_id, "go", "early")
        django.cancel_workflow(handles["cancelled"].workflow_id)
        number = django.call(f"{bulk.__name__}.cancel_all", "crowd")["number"]
        wait_for(lambda: django.call(f"{bulk.__name__}.look", number)["changed"], "first chunk")
        run_sample(DUMP, dict(stack.backend.variables), folder)
        audit = stack.value(AUDIT)
    return Taken(
        folder=folder,
        variables=dict(stack.backend.variables),
        keys=stack.keys,
        ids={name: handle.workflow_id for name, handle in handles.items()},
        closed={handle.workflow_id: told(handle.history()) for handle in (done, failed)},
        audit=audit,
        crowd=crowd,
    )


def made(folder: Path) -> str:
    folder.mkdir()
    return str(folder)


def go_on(stack: Keyed, backup: Taken) -> None:
    """What the dump knows nothing of; then all die."""
    (backup.folder / "done-later/go").touch()
    for name, result in (("done later", "noted"), ("signalled", "got go=early")):
        assert stack.client.handle(backup.ids[name]).result(60) == result
    assert stack.start("Doubling", 5, workflow_id=backup.late).result(60) == 11
    for process in (*stack.workers, stack.engine):
        assert process is not None
        process.kill()
    (backup.folder / "in-hand/go").touch()


@pytest.fixture(params=["empty", "old"])
def restored(request: pytest.FixtureRequest, taken: Taken, postgres: str, tmp_path: Path) -> Iterator[Keyed]:
    """The dump in a database of its own, beside an empty Redis or the one that was there; nothing runs yet."""
    with ExitStack() as servers:
        dsn = fresh_database(maintenance(postgres), f"restored {request.param}")
        variables = {**taken.variables, "SCHED_POSTGRES_DSN": dsn}
        if request.param == "empty":
            variables["SCHED_REDIS_URL"] = servers.enter_context(redis_server())
        run_sample(RESTORE, variables, taken.folder)
        stack = Keyed(Backend(name=POSTGRES_REDIS, variables=variables), STREAMING, tmp_path)
        try:
            yield stack
        finally:
            stack.stop()


def check_all_is_as_it_was(stack: Keyed, backup: Taken) -> None:
    """The dump has caught them where they were to be caught."""
    assert stack.value(OPEN) == len(backup.ids) + CROWD
    assert stack.rows(CAUGHT) == [(2, 1, 1, 1, 1)]
    assert stack.value(AUDIT) == backup.audit > 0
    changed, skipped, failed, found, state = stack.rows(BULK)[0]
    assert 0 < changed < found == CROWD
    assert (skipped, failed, state) == (0, 0, "RUNNING")


def test_everything_finishes(restored: Keyed, taken: Taken) -> None:
    """With the same keys and ids, with one end each, and with nothing that was acknowledged before the dump amiss."""
    check_all_is_as_it_was(restored, taken)
    lines = (taken.folder / "done-later/done").read_text().count("done\n")
    restored.begin(taken.keys)
    handles = {name: restored.client.handle(id_) for name, id_ in taken.ids.items()}
    for workflow_id, history in taken.closed.items():
        assert told(restored.client.handle(workflow_id).history()) == history
    for queue in (UNSERVED, "crowd"):
        restored.start_worker(queue, SCHED_API_KEY=taken.keys["worker"])
    handles["listening"].signal("go", "late")
    results = {
        "in hand": "noted",
        "done later": "noted",
        "no worker": 7,
        "listening": "got go=late",
        "signalled": "got go=early",
        "asleep": "rested",
        "backing off": 2,
    }
    for name, result in results.items():
        assert handles[name].result(60) == result, name
    wait_for(lambda: not restored.value(OPEN), "end of all", seconds=60)
    wait_for(lambda: restored.rows(BULK)[0] == (CROWD, 0, 0, CROWD, "DONE"), "end of the bulk operation")
    restored.check("WS, Y, WCR, Y, WX", handles["cancelled"].history())
    restored.check("WS, Y, AS, AR, AC, Y, WC", handles["backing off"].history())
    for workflow_id in (*taken.ids.values(), *taken.crowd[:: CROWD // 20]):
        check_it_ended_once(restored.client.handle(workflow_id))
    fsck(restored)
    assert (taken.folder / "done-later/done").read_text().count("done\n") == lines + 1


def test_what_was_started_after_the_dump_is_unknown(restored: Keyed, taken: Taken) -> None:
    """Its id is free."""
    restored.begin(taken.keys)
    with pytest.raises(NotFound):
        restored.client.handle(taken.late).describe()
    assert restored.start("Doubling", 6, workflow_id=taken.late).result(60) == 13


def test_the_embedded_database_is_copied_while_it_works(tmp_path: Path) -> None:
    """And put back over another one, whose last commits lie beside it."""
    variables = {"SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"), "SCHED_AUTH": "open"}
    backend = Backend(name=EMBEDDED, variables=variables)
    migrate(variables)
    stack = Stack(backend, STREAMING, tmp_path)
    try:
        stack.start_engine()
        stack.start_worker()
        waiting = stack.start("SignalDemo")
        stack.wait_until(waiting, "WS, Y, TS")
        run_sample(COPY, variables, tmp_path)
        waiting.signal("go", "lost")
        assert waiting.result(30) == "got go=lost"
        stack.kill_engine()
        run_sample(PUT_BACK, variables, tmp_path)
        stack.start_engine()
        waiting.signal("go", "again")
        assert waiting.result(30) == "got go=again"
        stack.check("WS, Y, TS, SR, Y, TX, WC", waiting.history())
    finally:
        stack.stop()
