"""`ETag` and `If-None-Match`: 304 where nothing of what is shown has changed, and never else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.caller import Answer, Caller
from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.damaging import damage_event
from workflows.api import access
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKey
from workflows.core.values import Wait

MINUTE = timedelta(minutes=1)
PATHS = ["", "/pending", "/history"]


def ask(api: Caller, path: str, tag: str = "", **query: Any) -> Answer:
    headers = {"If-None-Match": tag} if tag else {}
    return Answer(api.client.get(f"/api/workflows/order-1{path}", query, headers=headers))


def begin(api: Caller) -> str:
    """A run with an open activity and a timer; it waits for a signal."""
    run_id = api.driver.begin("order-1")
    commands = (activity(0), c.StartTimer(command=1, duration=MINUTE))
    api.driver.commit(api.driver.turn(run_id, *commands, wait=ANY_SIGNAL))
    return run_id


def end(api: Caller, run_id: str) -> None:
    api.driver.commit(i.TerminateRequested(run_id=run_id))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("ends", [False, True])
def test_what_has_not_changed_is_not_sent_again(api: Caller, path: str, ends: bool) -> None:
    """304, without a body or a content type, with the tag; for a list of tags, a strong form of it, and `*`."""
    run_id = begin(api)
    if ends:
        end(api, run_id)
    first = ask(api, path)
    tag = first.headers["ETag"]
    assert (first.status, tag[:3], tag[-1]) == (200, 'W/"', '"')
    assert first.headers["Cache-Control"] == "private, no-cache"
    for given in (tag, f'"a", {tag}', "*"):
        again = ask(api, path, given)
        assert (again.status, again.content, again.type) == (304, b"", "")
        assert again.headers["ETag"] == tag
    for given in ('"a"', 'W/"a"', "nonsense"):
        assert ask(api, path, given).status == 200


Act = Callable[[Caller, str], object]


def touch_task(columns: str) -> Act:
    def act(api: Caller, run_id: str) -> None:
        raw = run_id if api.driver.database.is_postgres else run_id.replace("-", "")
        api.driver.database.run(f"UPDATE sched_tasks SET {columns} WHERE run_id = %s", [raw])

    return act


def claim(api: Caller, run_id: str) -> None:
    api.driver.claim(TaskKey(run_id, api.driver.activity_key(run_id, 3).kind, 3, 1))


CHANGES: dict[str, tuple[Act, set[str]]] = {
    "a worker takes the activity": (claim, {"/pending"}),
    "a heartbeat": (touch_task("heartbeat_at = created_at"), {"/pending"}),
    "a problem": (touch_task("problem = 'UNKNOWN_TYPE: no'"), {"/pending"}),
    "a delivery": (touch_task("delivery = delivery + 1"), {"/pending"}),
    "an event": (lambda api, run_id: api.driver.commit(i.SignalSent(run_id=run_id, name="go")), set(PATHS)),
    "the end": (end, set(PATHS)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_tag_changes_with_what_is_shown(api: Caller, change: str) -> None:
    """Operations are in no history, and change what is pending; an event changes all. What is not shown changes no
    tag."""
    run_id = begin(api)
    tags = {path: ask(api, path).headers["ETag"] for path in PATHS}
    shown = {path: ask(api, path).content for path in PATHS}
    act, changed = CHANGES[change]
    act(api, run_id)
    for path in PATHS:
        again = ask(api, path, tags[path])
        assert again.status == (200 if path in changed else 304), path
        assert (again.content not in ("", shown[path])) if path in changed else not again.content


def test_a_parked_turn_s_problem_shows_in_both(api: Caller) -> None:
    """It is no part of the history, and the description tells of it."""
    api.driver.begin("order-1")
    tags = {path: ask(api, path).headers["ETag"] for path in PATHS}
    touch_task("problem = 'UNKNOWN_TYPE: no'")(api, api.run_of("order-1"))
    assert [ask(api, path, tags[path]).status for path in PATHS] == [200, 200, 304]


def test_what_outlives_its_run_changes_what_is_pending(api: Caller) -> None:
    """A detached activity of a run that has ended: its attempts, and its outcome."""
    run_id = api.driver.begin("order-1")
    given = api.driver.turn(run_id, activity(0, detached=True), c.CompleteWorkflow(result=None), wait=Wait())
    api.driver.commit(given)
    assert ask(api, "").json["status"] == "COMPLETED"
    tag, header = ask(api, "/pending").headers["ETag"], ask(api, "").headers["ETag"]
    claim(api, run_id)
    taken = ask(api, "/pending", tag)
    assert (taken.status, taken.json["activities"][0]["worker"]) == (200, "worker")
    assert ask(api, "", header).status == 304


def test_the_tag_of_an_ended_run_costs_one_look_at_its_header(api: Caller) -> None:
    """However much there is to describe: of the events nothing is read."""
    end(api, begin(api))
    for path in PATHS:
        tag = ask(api, path).headers["ETag"]
        with CaptureQueriesContext(connection) as queries:
            assert ask(api, path, tag).status == 304
        asked = [query["sql"] for query in queries.captured_queries]
        assert not [sql for sql in asked if "sched_events" in sql]
        assert len(asked) <= 3


def test_pages_of_a_history_are_final(api: Caller) -> None:
    """A full page with others behind it stays as it is; the last one does not."""
    run_id = begin(api)
    page, last = ask(api, "/history", pageSize=2), ask(api, "/history", after=2)
    api.driver.commit(i.SignalSent(run_id=run_id, name="go"))
    assert ask(api, "/history", page.headers["ETag"], pageSize=2).status == 304
    assert ask(api, "/history", last.headers["ETag"], after=2).status == 200
    assert ask(api, "/history", page.headers["ETag"], pageSize=3).status == 200


def test_a_run_is_told_from_the_one_before(api: Caller) -> None:
    """Of one workflow id, however alike they are."""
    tags = []
    for _ in range(2):
        run_id = api.driver.begin("order-1")
        end(api, run_id)
        tags.append([ask(api, path).headers["ETag"] for path in ("", "/history")])
    assert not set(tags[0]) & set(tags[1])


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("ends", [False, True])
def test_who_may_see_payloads_now_is_shown_them(
    api: Caller, path: str, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tag that was given with hidden payloads is no tag of those that are not."""
    run_id = begin(api)
    if ends:
        end(api, run_id)
    with monkeypatch.context() as patched:
        patched.setattr(access, "may_see_payloads", lambda _: False)
        tag = ask(api, path).headers["ETag"]
        assert ask(api, path, tag).status == 304
    assert ask(api, path, tag).status == 200


@pytest.mark.parametrize("path", ["", "/history"])
def test_what_tells_of_damage_has_no_tag(api: Caller, path: str) -> None:
    """A repair may leave the header as it was."""
    run_id = begin(api)
    end(api, run_id)
    damage_event(api.driver.database, run_id, 1)
    answer = ask(api, path)
    assert answer.status == 200
    assert "ETag" not in answer.headers
    assert ask(api, path, "*").status == 304  # there is something; that is all that `*` asks
