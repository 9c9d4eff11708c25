"""Look-ups of current runs: shared, never older than their question, and each failure is its askers' alone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence

import pytest
from pytest_django import DjangoDbBlocker

from workflows.core.rejection import Code, Rejected
from workflows.service.lookup import Lookup


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


async def test_look_ups_that_come_during_a_query_share_the_next() -> None:
    """And are answered by one that began after they were asked."""
    asked: list[list[str]] = []
    begun, go_on = threading.Event(), threading.Event()

    def resolve(namespace: str, ids: Sequence[str]) -> Mapping[str, str]:
        asked.append(sorted(ids))
        begun.set()
        assert go_on.wait(10)
        return {workflow_id: f"run of {workflow_id}" for workflow_id in ids}

    lookup = Lookup(resolve, resolve)
    first = asyncio.ensure_future(lookup.run("default", "a"))
    assert await asyncio.to_thread(begun.wait, 10)
    others = [asyncio.ensure_future(lookup.run("default", each)) for each in ("a", "b", "b")]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(first, *others) == ["run of a", "run of a", "run of b", "run of b"]
    assert asked == [["a"], ["a", "b"]]
    assert await lookup.run("default", "c") == "run of c"


async def test_a_look_up_that_fails_fails_its_askers_alone() -> None:
    """The next question is a new query."""
    answers: list[Mapping[str, str] | Exception] = [OSError("gone"), {}, {"a": "run"}]

    def resolve(namespace: str, ids: Sequence[str]) -> Mapping[str, str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    lookup = Lookup(resolve, resolve)
    with pytest.raises(OSError, match="gone"):
        await lookup.run("default", "a")
    with pytest.raises(Rejected) as unknown:
        await lookup.run("default", "a")
    assert unknown.value.code is Code.NOT_FOUND
    assert await lookup.run("default", "a") == "run"
