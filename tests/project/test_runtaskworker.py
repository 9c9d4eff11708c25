"""`manage.py runtaskworker` in a project: what it refuses, what it finds, and how it follows changes of the code."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness.processes import ROOT, Process
from tests.e2e.harness.shop import Shop
from tests.e2e.harness.waiting import wait_for

PATIENCE_SECONDS = 120.0
"""A start imports all of Django and of the project, twice where changes are followed."""
ACTIVITIES = Path("orders/sched_activities.py")
SERVES = "(polling): 1 workflows, {} activities"
ONE_MORE = """

@activity()
def wrap(ctx, order_id):
    return "wrapped"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """Neither migrated nor served: none of this needs an engine."""
    made = Shop(tmp_path, ROOT, {})
    yield made
    made.stop()


def change(shop: Shop, text: str) -> None:
    """Of the activities."""
    (shop.folder / ACTIVITIES).write_text(text)


def wait_for_starts(worker: Process, line: str, times: int = 1) -> None:
    wait_for(lambda: worker.log.count(line) == times, f"{times} of {line!r}", seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--queue", "a b"], {}, "--queue='a b' is not allowed: 1 to 200 of A-Z a-z 0-9 . _ : @ + -."),
        (["--slots", "0"], {}, "--slots='0' is not allowed: a whole number from 1 to 10000."),
        (
            ["--workflow-slots", "x"],
            {},
            "--workflow-slots='x' is not allowed: a whole number from 1 to 10000.",
        ),
        (["--activity-slots", ""], {}, "--activity-slots='' is not allowed: a whole number from 1 to 10000."),
        (["--grace", "-1"], {}, "--grace='-1' is not allowed: seconds from 0 to 3600."),
        (
            ["--streaming", "so"],
            {},
            "--streaming='so' is not allowed: true or false (also 1/0, yes/no, on/off).",
        ),
        (
            ["--address", "here"],
            {},
            "--address='here' is not allowed: host:port with a port from 1 to 65535, or unix:path.",
        ),
        ([], {"TASK_QUEUE": "a b"}, "TASK_QUEUE='a b' is not allowed: 1 to 200 of A-Z a-z 0-9 . _ : @ + -."),
        (
            [],
            {"SCHED_API_KEY": "a b"},
            "SCHED_API_KEY='(not shown)' is not allowed: 1 to 4096 visible ASCII characters without spaces.",
        ),
    ],
)
def test_a_bad_value_is_refused(
    shop: Shop, arguments: list[str], variables: dict[str, str], told: str
) -> None:
    """With its option or variable, the value and what is allowed; the exit status is 2, with a reloader too."""
    for reload in ("--no-reload", "--reload"):
        done = shop.manage("runtaskworker", reload, *arguments, **variables)
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"sched: {told}\n")


def test_a_project_without_modules_is_told_where_was_looked(shop: Shop) -> None:
    """The exit status is 1."""
    for name in ("sched_workflows.py", "sched_activities.py"):
        (shop.folder / "orders" / name).unlink()
    done = shop.manage("runtaskworker")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(
        "sched: no app has a module sched_workflows or sched_activities that registers"
    )
    assert "orders" in done.stderr


def test_a_module_that_raises_ends_it(shop: Shop) -> None:
    """With the traceback: a worker without it would send its tasks back."""
    change(shop, "raise RuntimeError('of the module')")
    done = shop.manage("runtaskworker")
    assert done.returncode == 1
    assert "RuntimeError: of the module" in done.stderr


def test_options_win_over_variables(shop: Shop) -> None:
    """And `default` is a queue as any other."""
    worker = shop.run("worker", "runtaskworker", "--queue=orders", "--streaming=yes", TASK_QUEUE="other")
    worker.wait_for_line(f"worker for task queue 'orders' at {shop.address} (streaming)")
    worker.send(signal.SIGINT)
    assert worker.ended() == 0


def test_it_follows_changes_where_debug_is_on(shop: Shop) -> None:
    """A change stops the worker in order and starts the next; broken code is told and waited for; SIGTERM ends it."""
    worker = shop.run("worker", "runtaskworker", SHOP_DEBUG="true")
    wait_for_starts(worker, SERVES.format(3))
    good = (shop.folder / ACTIVITIES).read_text()
    change(shop, good + ONE_MORE)
    wait_for_starts(worker, SERVES.format(4))
    assert worker.log.count("the worker has stopped") == 1
    change(shop, good + "x = (\n")
    wait_for_starts(worker, "sched: the worker cannot start; it is tried again when a file changes.")
    change(shop, good)
    wait_for_starts(worker, SERVES.format(3), times=2)
    worker.send(signal.SIGTERM)
    assert worker.ended() == 0
    assert worker.log.count("the worker has stopped") == 3


def test_it_does_not_follow_where_debug_is_off(shop: Shop) -> None:
    """Nor where DEBUG is on and it is told not to: it is one process."""
    for variables, arguments in (({}, []), ({"SHOP_DEBUG": "true"}, ["--no-reload"])):
        worker = shop.run("worker", "runtaskworker", *arguments, **variables)
        worker.wait_for_line(SERVES.format(3))
        assert children_of(worker) == []
        worker.stop()


def test_no_worker_outlives_its_reloader(shop: Shop) -> None:
    """Not even one that is killed."""
    parent = shop.run("worker", "runtaskworker", "--reload")
    parent.wait_for_line(SERVES.format(3))
    (child,) = children_of(parent)
    parent.kill()
    wait_for(lambda: not Path(f"/proc/{child}").exists(), "end of the worker")


def children_of(process: Process) -> list[int]:
    import psutil

    return [each.pid for each in psutil.Process(process.pid).children()]
