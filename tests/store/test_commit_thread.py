"""One committing thread over a backend that fails as it is told to."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime

import psycopg
import pytest

from tests.store.committing import SECONDS, settling
from tests.store.driver import start
from timers.patience import OnSilence
from timers.trouble import Trouble
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Reply, Started, Transition
from workflows.store.backend import Loaded, LoadRequest, Locked, OutcomeUnknown
from workflows.store.group_commit import CommitThread
from workflows.store.lanes import Lane, Submission

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Failing:
    """Raises what it was given, one by one, at the load; loses every connection at the commit."""

    is_remote = True
    on_silence: OnSilence | None = None

    def __init__(self, *failures: Exception, outcome: Exception | None = None) -> None:
        self._failures = list(failures)
        self._outcome = outcome

    def connect(self) -> None: ...

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        if self._failures:
            raise self._failures.pop(0)
        return Loaded(
            now=NOW,
            transaction="7",
            states={},
            busy=set(),
            current={},
            busy_starts=set(),
            inbox=[],
            requests={},
            busy_requests=set(),
        )

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        raise OutcomeUnknown("7")

    def probe(self, *, thoroughly: bool) -> None: ...

    def rollback(self) -> None: ...

    def outcome_of(self, transaction: str) -> bool | None:
        assert self._outcome is not None
        raise self._outcome

    def close(self) -> None: ...


class Slow(Failing):
    """Ends a session whose transaction has more than a few inputs, as the server does when they take too long."""

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        if len(request.starts) > 3:
            raise psycopg.OperationalError
        return super().begin_and_load(request)

    def save_and_commit(self, transitions: Sequence[Transition]) -> None: ...


def thread_of(backend: Failing, *, batch_max: int = 1) -> CommitThread:
    thread = CommitThread(
        "slow lane", backend, lambda _: None, batch_max=batch_max, waits=True, trouble=Trouble()
    )
    thread.start()
    return thread


def test_what_was_contended_and_is_refused_is_forgotten() -> None:
    """Its tries were counted by it; an outage that ends them must not keep it, and its payload, for ever."""
    thread = thread_of(Failing(Locked("elsewhere"), psycopg.OperationalError(), psycopg.OperationalError()))
    answer: Future[Reply] = Future()
    settle = settling(answer)
    kept = weakref.ref(settle)
    thread.put([Submission(given=start("order"), answer=settle, lane=Lane.REQUESTS)])
    del settle
    refusal = answer.exception(SECONDS)
    assert isinstance(refusal, Rejected)
    assert refusal.code is Code.UNAVAILABLE
    thread.stop(SECONDS)
    gc.collect()
    assert kept() is None


def test_an_outcome_that_cannot_be_read_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    """A server that refuses the question costs the batch, and not its answers."""
    thread = thread_of(Failing(outcome=psycopg.errors.InsufficientPrivilege("no")))
    answer: Future[Reply] = Future()
    thread.put([Submission(given=start("order"), answer=settling(answer), lane=Lane.COMPLETIONS)])
    try:
        assert isinstance(answer.exception(SECONDS), Rejected)
    finally:
        thread.stop(SECONDS)


def test_what_takes_too_long_together_is_tried_in_smaller_batches() -> None:
    """Completions are never refused, so the same batch would fail for ever."""
    thread = thread_of(Slow(), batch_max=16)
    answers: list[Future[Reply]] = [Future() for _ in range(16)]
    thread.put(
        [
            Submission(given=start(f"order-{n}"), answer=settling(answer), lane=Lane.COMPLETIONS)
            for n, answer in enumerate(answers)
        ]
    )
    try:
        for answer in answers:
            assert isinstance(answer.result(SECONDS), Started)
    finally:
        thread.stop(SECONDS)
