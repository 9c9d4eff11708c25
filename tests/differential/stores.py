"""The twins that have a database: the engine's group commit, the naive writer, and what both share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from dispatch import claims
from dispatch.dialect import POSTGRES
from tests.differential.answers import Answer, refusal
from tests.differential.rows import Rows, rows_of
from tests.differential.steps import Batch, Beat, Call, Claim, HandBack, Inline, Renew, Step
from tests.laws.walk import DAWN
from tests.store.committing import SECONDS, settling
from tests.store.databases import TABLES, Database
from workflows.core.inputs import Input, StartRequested
from workflows.core.keys import TaskKind
from workflows.core.rejection import Rejected
from workflows.core.transition import Reply
from workflows.store import inline
from workflows.store.backend import Backend
from workflows.store.group_commit import GroupCommit
from workflows.store.handout import Handout, activity_handouts, claim_and_read, workflow_handouts
from workflows.store.lanes import Drain, Lane, Submission
from workflows.store.work import Committed

TRUNCATE_EVERY = 20


class ScriptClock:
    """Tells the time of the step that is played."""

    def __init__(self) -> None:
        self.instant = DAWN

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return (self.instant - DAWN).total_seconds()


class Writer(Protocol):
    """How the inputs of a batch reach the database."""

    def write(self, given: Sequence[Input | Drain]) -> list[Answer]:
        """Their answers, in order."""

    def close(self) -> None: ...


class Store:
    """A twin: a database, its writer, and Django's connection beside it."""

    def __init__(self, name: str, database: Database, writer: Writer, clock: ScriptClock) -> None:
        self.name = name
        self._database = database
        self._writer = writer
        self._clock = clock
        self._clears = 0

    @property
    def database(self) -> Database:
        return self._database

    def play(self, step: Step) -> list[Answer]:
        self._clock.instant = step.now
        match step:
            case Batch():
                return self._writer.write([*step.given, *map(Drain, step.hints)])
            case Inline():
                return self._inline(step)
            case _:
                with self._database.wrapper.cursor() as cursor:
                    return self._operate(cursor, step)

    def rows(self) -> Rows:
        return rows_of(self._database)

    def clear(self) -> None:
        """Now and then from the ground up: dead rows are read over, and a table that is emptied so is planned anew."""
        self._clears += 1
        if not self._database.is_postgres:
            self._database.clear()
        elif self._clears % TRUNCATE_EVERY:
            self._database.run("; ".join(f"DELETE FROM {table}" for table in TABLES))
        else:
            self._database.run(f"TRUNCATE {', '.join(TABLES)}")

    def close(self) -> None:
        self._writer.close()

    def _inline(self, step: Inline) -> list[Answer]:
        alias = self._database.alias
        with transaction.atomic(using=alias):
            answers = [self._call(call, alias) for call in step.calls]
            transaction.set_rollback(not step.committed, using=alias)
        return answers

    def _call(self, call: Call, alias: str) -> Answer:
        try:
            if isinstance(call.given, StartRequested):
                return inline.start(call.given, using=alias, clock=self._clock)
            return inline.steer(call.given, workflow_id=call.workflow_id, using=alias)
        except Rejected as rejected:
            return refusal(rejected, says=False)

    def _operate(self, cursor: Any, step: Claim | Beat | Renew | HandBack) -> list[Answer]:
        match step:
            case Claim():
                return self._claim(cursor, step)
            case Beat():
                return list(claims.heartbeat(cursor, step.beats, now=step.now))
            case Renew():
                return [claims.renew(cursor, step.held, now=step.now)]
            case HandBack():
                spans = {"visible_in": step.visible_in, "problem": step.problem, "now": step.now}
                return [sorted(claims.release(cursor, step.held, **spans))]  # type: ignore[arg-type]

    def _claim(self, cursor: Any, step: Claim) -> list[Handout]:
        who = {"owner": "worker", "session": "session", "engine": "engine", "now": step.now}
        if self._database.is_postgres:
            statement = claims.claiming(POSTGRES, step.queue, step.keys, **who)  # type: ignore[arg-type]
            found = claim_and_read(cursor, step.queue.kind, *statement)
            return sorted(found, key=lambda handout: step.keys.index(handout.claimed.key))
        taken = claims.claim(cursor, step.queue, step.keys, **who)  # type: ignore[arg-type]
        if step.queue.kind is TaskKind.WORKFLOW:
            return list(workflow_handouts(cursor, taken))
        return list(activity_handouts(cursor, taken))


class Grouped:
    """The engine's own group commit, with its threads: all inputs of a batch in one transaction."""

    def __init__(self, backend: Callable[[], Backend]) -> None:
        self._committed: list[Committed] = []
        self._commits = GroupCommit(backend, self._committed.append)
        self._commits.start()

    def write(self, given: Sequence[Input | Drain]) -> list[Answer]:
        if not given:
            return []
        self._committed.clear()
        answers: list[Future[Reply]] = [Future() for _ in given]
        self._commits.submit_all(
            [
                Submission(given=each, answer=settling(answer), lane=Lane.REQUESTS)
                for each, answer in zip(given, answers, strict=True)
            ]
        )
        settled = [_settled(answer) for answer in answers]
        assert len(self._committed) == 1, "a batch is one transaction"
        return settled

    def close(self) -> None:
        self._commits.stop(SECONDS)


def _settled(answer: Future[Reply]) -> Answer:
    try:
        return answer.result(SECONDS)
    except Rejected as rejected:
        return refusal(rejected)
