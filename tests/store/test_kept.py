"""What is decided on states that the commits before have left: right while nobody else writes, and never wrong."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest

from tests.contracts.store_suite import ANY_SIGNAL
from tests.store.committing import another, kill
from tests.store.databases import Database
from tests.store.driver import Driver, new_run_id, payload, start
from tests.store.test_commit_outcome import settled, wire_to
from workflows.codec import inbox as inbox_codec
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import QueueKey, TaskKey, TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded, Reply, TurnRecorded
from workflows.core.values import NO_WAIT, Status, Wait
from workflows.store import kept as kept_module
from workflows.store.backend import Loaded, OutcomeUnknown, StaleRead
from workflows.store.batch import Batch, Decided, load_request
from workflows.store.kept import CHILDREN_MAX, REST_MAX, KeptStates, held_by, left_by
from workflows.store.lanes import Lane, Submission
from workflows.store.merge import merge
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres.backend import QUIET_SECONDS
from workflows.store.postgres.settle import outcome
from workflows.store.postgres.witness import witness_of
from workflows.store.seating import Seat, seat_tasks


@dataclass(frozen=True, slots=True)
class Chair:
    """A worker's seat."""

    identity: str = "worker"
    session: str = "session"


class Room:
    """A worker that takes everything, and keeps every run."""

    engine = "engine"

    def reserve(self, queue: QueueKey, count: int) -> Sequence[Seat]:
        return [Chair()] * count

    def reserve_resting(self, queue: QueueKey, runs: Sequence[tuple[str, int]]) -> Sequence[Seat | None]:
        return [Chair()] * len(runs)

    def free(self, seats: Iterable[Seat]) -> None: ...


class Keeper:
    """One writer, step by step as the committing thread goes: loads or guesses, decides, seats, saves."""

    def __init__(self, database: Database, dsn: str = "") -> None:
        self.backend = PostgresBackend(dsn or database.target, require_durability=False)
        self.look = Driver(PostgresBackend(database.target, require_durability=False), database)
        """At what is committed, and as another writer."""
        self.loaded: Loaded | None = None

    def close(self) -> None:
        self.backend.close()
        self.look.backend.close()

    def guessed(self) -> bool:
        """Whether the last batch was decided before its transaction had begun."""
        assert self.loaded is not None
        return not self.loaded.transaction

    def begin(self, *inputs: i.Input) -> Decided:
        """A batch, up to the point where it is written."""
        submissions = [Submission(given=each, answer=_ignore, lane=Lane.COMPLETIONS) for each in inputs]
        self.loaded = self.backend.begin_and_load(load_request(inputs))
        decided = Batch(self.loaded).run(submissions)
        seat_tasks(decided.transitions, Room(), self.loaded.now)
        return decided

    def commit(self, *inputs: i.Input) -> list[Reply | BaseException]:
        """A batch; its answers."""
        decided = self.begin(*inputs)
        self.backend.save_and_commit(decided.transitions)
        return [reply for _, reply in decided.answers]

    def chain(self) -> Chain:
        """A new run that awaits its first activity, which a worker has."""
        run_id = new_run_id()
        self.commit(replace(start(), run_id=run_id, workflow_id=run_id))
        chain = Chain(run_id)
        (reply,) = self.commit(chain.first_turn())
        assert isinstance(reply, TurnRecorded)
        return chain


@dataclass(slots=True)
class Chain:
    """A run of one activity after the other, as its worker knows it."""

    run_id: str
    steps: int = 0
    last_event: int = 1

    def first_turn(self) -> i.TurnCompleted:
        self.last_event = 3
        return i.TurnCompleted(
            key=TaskKey(self.run_id, TaskKind.WORKFLOW, 1, 1),
            delivery=1,
            seen_through=1,
            commands=(_activity(0),),
            wait=_awaits(0),
        )

    def result(self, *, delivery: int = 1, ends: bool = False) -> i.ActivitySucceeded:
        """Of the activity that is awaited, with the turn after it."""
        key = TaskKey(self.run_id, TaskKind.ACTIVITY, self.last_event, 1)
        self.steps += 1
        command = c.CompleteWorkflow(result=payload("done")) if ends else _activity(self.steps)
        turn = i.TurnCompleted(
            key=TaskKey(self.run_id, TaskKind.WORKFLOW, self.steps + 1, 1),
            delivery=0,
            seen_through=self.last_event + 1,
            commands=(command,),
            wait=NO_WAIT if ends else _awaits(self.steps),
        )
        self.last_event += 3
        return i.ActivitySucceeded(key=key, delivery=delivery, result=payload("1"), turn=turn)


def _activity(command: int) -> c.ScheduleActivity:
    return c.ScheduleActivity(command=command, activity_type="step")


def _awaits(command: int) -> Wait:
    return Wait(commands=frozenset({command}))


def _ignore(_reply: Reply | BaseException) -> None: ...


@contextmanager
def keeping(database: Database, dsn: str = "") -> Iterator[Keeper]:
    keeper = Keeper(database, dsn)
    try:
        yield keeper
    finally:
        keeper.close()


@pytest.fixture
def keeper(postgres: Database) -> Iterator[Keeper]:
    with keeping(postgres) as found:
        yield found


def test_a_chain_of_steps_is_loaded_only_once(keeper: Keeper) -> None:
    """A start of an id of its own needs nothing; what follows is decided on what the commit before has left."""
    chain = keeper.chain()
    for ends in (False, False, True):
        (reply,) = keeper.commit(chain.result(ends=ends))
        assert isinstance(reply, TurnRecorded)
        assert keeper.guessed()
    assert keeper.look.names(chain.run_id) == "WS Y AS AC Y AS AC Y AS AC Y WC"
    assert keeper.look.load(chain.run_id).status is Status.COMPLETED


def test_the_first_start_of_an_id_is_not_loaded(keeper: Keeper, postgres: Database) -> None:
    """Others are: an id that has a run, a request that was heard before, an id that another has in hand."""
    first = start("order", request_id="first")
    assert keeper.commit(first)
    assert keeper.guessed()
    for given, code in ((start("order"), Code.ALREADY_EXISTS), (replace(first, run_id=new_run_id()), None)):
        with pytest.raises(StaleRead):
            keeper.commit(given)
        (reply,) = keeper.commit(given)
        assert not keeper.guessed()
        assert (reply.code if isinstance(reply, Rejected) else None) is code
        keeper.backend._kept.guessed(right=True)
    with another(postgres) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('default' || chr(31) || 'next', 0))")
        with pytest.raises(StaleRead):
            keeper.commit(start("next"))
        assert keeper.begin(start("next")).deferred
        keeper.backend.rollback()
    assert keeper.commit(start("next"))


def test_what_another_has_written_is_loaded(keeper: Keeper) -> None:
    """A signal comes by another engine: the guess is wrong, writes nothing, and the next batch is not guessed."""
    chain = keeper.chain()
    keeper.look.commit(i.SignalSent(run_id=chain.run_id, name="go"))
    given = chain.result()
    with pytest.raises(StaleRead):
        keeper.commit(given)
    assert keeper.guessed()
    assert keeper.look.names(chain.run_id) == "WS Y AS SR"

    (reply,) = keeper.commit(given)
    assert not keeper.guessed()
    assert isinstance(reply, Recorded)  # the turn has not seen the signal: the result stands alone
    assert keeper.look.names(chain.run_id) == "WS Y AS SR AC"


def test_an_inbox_comes_first(keeper: Keeper) -> None:
    """What lies there was accepted before anything that is only now being decided."""
    chain = keeper.chain()
    signal = i.SignalSent(run_id=chain.run_id, name="go")
    entry = [chain.run_id, int(inbox_codec.kind_of(signal)), inbox_codec.encode(signal)]
    keeper.look.database.run(
        "INSERT INTO sched_inbox (run_id, namespace, shard, kind, data, request_id, created_at)"
        " VALUES (%s, 'default', 0, %s, %s, '', now())",
        entry,
    )
    given = chain.result()
    with pytest.raises(StaleRead):
        keeper.commit(given)
    keeper.commit(given)
    assert keeper.look.names(chain.run_id) == "WS Y AS SR AC"


@pytest.mark.parametrize("change", ["delivery = 2", "owner = NULL"])
def test_a_task_that_changed_hands_is_loaded(keeper: Keeper, change: str) -> None:
    """Claims and hand-backs leave the header as it is; the delivery that an input names is looked at by itself."""
    chain = keeper.chain()
    keeper.look.database.run(f"UPDATE sched_tasks SET {change} WHERE kind = 2")
    given = chain.result()
    with pytest.raises(StaleRead):
        keeper.commit(given)
    (reply,) = keeper.commit(given)
    assert isinstance(reply, Rejected)
    assert reply.code is Code.STALE_TASK


def test_a_run_that_another_has_in_hand_is_not_waited_for(keeper: Keeper, postgres: Database) -> None:
    """The guess fails at once, and the load defers the input."""
    chain = keeper.chain()
    given = chain.result()
    with another(postgres) as other:
        other.execute("SELECT 1 FROM sched_executions FOR UPDATE")
        begun = time.monotonic()
        with pytest.raises(StaleRead):
            keeper.commit(given)
        decided = keeper.begin(given)
        assert time.monotonic() - begun < 1
        keeper.backend.rollback()
    assert [each.given for each in decided.deferred] == [given]
    assert keeper.commit(given)


def test_of_a_batch_only_what_is_not_kept_is_loaded(keeper: Keeper) -> None:
    """One run is kept, one was changed by another, one is another engine's: all are right, in one transaction."""
    kept, changed = keeper.chain(), keeper.chain()
    with keeping(keeper.look.database) as other:
        foreign = other.chain()
    keeper.look.commit(i.SignalSent(run_id=changed.run_id, name="go"))
    replies = keeper.commit(kept.result(), changed.result(), foreign.result())
    assert not keeper.guessed()
    assert [type(each) for each in replies] == [TurnRecorded, Recorded, TurnRecorded]
    assert keeper.look.names(kept.run_id) == "WS Y AS AC Y AS"
    assert keeper.look.names(changed.run_id) == "WS Y AS SR AC"
    assert keeper.look.names(foreign.run_id) == "WS Y AS AC Y AS"
    keeper.commit(kept.result(), foreign.result())
    assert keeper.guessed()


def test_a_task_that_changed_hands_is_found_beside_others_too(keeper: Keeper) -> None:
    """Where the check goes with the load of others, it looks at deliveries as well."""
    mine, stolen = keeper.chain(), keeper.chain()
    keeper.look.database.run("UPDATE sched_tasks SET delivery = 2 WHERE run_id = %s", [stolen.run_id])
    foreign = keeper.look.begin()
    signal = i.SignalSent(run_id=foreign, name="go")
    replies = keeper.commit(signal, mine.result(), stolen.result())
    assert isinstance(replies[1], TurnRecorded)
    assert isinstance(replies[2], Rejected)


def test_a_state_that_was_loaded_in_part_ends_nothing(keeper: Keeper) -> None:
    """After a restart of the engine a step brings one activity along; an end needs all that is open."""
    chain = keeper.chain()
    with keeping(keeper.look.database) as other:
        other.commit(chain.result())
        assert not other.guessed()
        other.commit(chain.result())
        assert other.guessed()
        other.commit(chain.result(ends=True))
        assert not other.guessed()
    assert keeper.look.load(chain.run_id).status is Status.COMPLETED


def test_a_refusal_is_checked_before_it_is_told(keeper: Keeper) -> None:
    """It says something of the run, and may be as wrong as a transition would be."""
    run_id = new_run_id()
    keeper.commit(replace(start(), run_id=run_id, workflow_id=run_id))
    keeper.look.commit(i.SignalSent(run_id=run_id, name="go"))
    given = replace(Chain(run_id).first_turn(), seen_through=2)
    decided = keeper.begin(given)
    assert [type(reply) for _, reply in decided.answers] == [Rejected]  # of an event that it has not heard of
    with pytest.raises(StaleRead):
        keeper.backend.save_and_commit(decided.transitions)
    (reply,) = keeper.commit(given)
    assert isinstance(reply, TurnRecorded)


def test_an_instant_that_has_not_come_is_not_written(keeper: Keeper) -> None:
    """The database's clock was set back since it was last heard: the guess of the time fails, and the load tells it."""
    chain = keeper.chain()
    keeper.backend._time._lead += timedelta(minutes=5)  # type: ignore[operator]
    given = chain.result()
    with pytest.raises(StaleRead):
        keeper.commit(given)
    keeper.commit(given)
    latest = keeper.look.history(chain.run_id)[-1].at
    ((now,),) = keeper.look.database.run("SELECT clock_timestamp()")
    assert latest <= now


def test_a_commit_whose_answer_is_lost_is_found_by_what_it_wrote(postgres: Database) -> None:
    """Its transaction's id was to come with the answer."""
    with wire_to(postgres) as (wire, dsn), keeping(postgres, dsn) as keeper:
        chain = keeper.chain()
        keeper.commit(chain.result())  # to prepare its statement, which has an answer of its own
        decided = keeper.begin(chain.result())
        deadline = time.monotonic() + 10
        while keeper.backend._batch.is_quiet():  # the answer to the check is on its way
            assert time.monotonic() < deadline
        wire.deaf.set()
        with pytest.raises(OutcomeUnknown) as unknown:
            keeper.backend.save_and_commit(decided.transitions)
        wire.deaf.clear()
        assert unknown.value.transaction == ""
        assert settled(keeper.backend, "") is True
        assert keeper.look.names(chain.run_id) == "WS Y AS AC Y AS AC Y AS"


def test_a_session_that_died_with_a_guess_has_committed_nothing(keeper: Keeper, postgres: Database) -> None:
    """And what it knew is forgotten: the next batch is loaded."""
    chain = keeper.chain()
    given = chain.result()
    decided = keeper.begin(given)
    assert keeper.guessed()
    kill(postgres, keeper.backend._open.info.backend_pid)
    with pytest.raises(OutcomeUnknown):
        keeper.backend.save_and_commit(decided.transitions)
    assert settled(keeper.backend, "") is False
    assert keeper.look.names(chain.run_id) == "WS Y AS"
    keeper.commit(given)
    assert not keeper.guessed()


def test_a_session_that_may_still_commit_is_ended_before_it_is_judged(
    keeper: Keeper, postgres: Database
) -> None:
    """The message with COMMIT may be on its way to it for as long as it lives."""
    chain = keeper.chain()
    decided = keeper.begin(chain.result())
    session = keeper.backend._session
    assert session is not None
    assert session.pid == keeper.backend._open.info.backend_pid

    witness = witness_of(merge(decided.transitions), "")
    assert outcome(postgres.target, "", session, witness) is None
    deadline = time.monotonic() + 10
    while (found := outcome(postgres.target, "", session, witness)) is None:
        assert time.monotonic() < deadline, "the session was not ended"
    assert found is False


def test_a_session_that_is_over_shows_before_anything_is_in_doubt(keeper: Keeper, postgres: Database) -> None:
    """While nothing went on the server was restarted, say: the load fails, and can be tried again."""
    chain = keeper.chain()
    kill(postgres, keeper.backend._open.info.backend_pid)
    keeper.backend._heard_at -= 2 * QUIET_SECONDS
    with pytest.raises(psycopg.OperationalError):
        keeper.begin(chain.result())


def test_a_wrong_guess_is_followed_by_loads() -> None:
    """Each that follows upon the last doubles their number, up to a bound; one that is right ends that."""
    states = KeptStates()
    loads: list[int] = []
    for _ in range(9):
        states.guessed(right=False)
        loads.append(sum(1 for _ in itertools.takewhile(lambda _: not states.may_guess(), itertools.count())))
    assert loads[:3] == [1, 3, 7]
    assert loads[-1] == REST_MAX
    states.guessed(right=True)
    assert states.may_guess()


def test_what_is_kept_is_bounded(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many runs those that changed last; of none that has many children, or waits with what it has not seen."""
    monkeypatch.setattr(kept_module, "RUNS_MAX", 2)
    chains = [keeper.chain() for _ in range(3)]
    known = keeper.backend._kept
    assert len(known) == 2
    keeper.commit(chains[0].result())
    assert not keeper.guessed()

    run_id = new_run_id()
    keeper.commit(replace(start(), run_id=run_id, workflow_id=run_id))
    turn = Chain(run_id).first_turn()
    keeper.commit(replace(turn, commands=tuple(_activity(n) for n in range(CHILDREN_MAX)), wait=ANY_SIGNAL))
    assert run_id not in known._runs


def test_an_input_that_looks_at_who_holds_a_task_is_loaded() -> None:
    """A lapse by the clock of its lease, a cancellation by whether a worker has it; a request id by who has had it."""
    key = TaskKey(new_run_id(), TaskKind.ACTIVITY, 3, 1)
    turn = i.TurnCompleted(key=key, delivery=1, seen_through=1, wait=ANY_SIGNAL)
    cancels = replace(turn, commands=(c.CancelActivity(command=0),))
    assert held_by(turn) == ((key, 1),)
    for given in (
        cancels,
        i.ActivitySucceeded(key=key, delivery=1, turn=cancels),
        i.LeaseExpired(key=key, delivery=1),
        i.SignalSent(run_id=key.run_id, name="go", request_id="once"),
        i.TimerDue(run_id=key.run_id, number=3),
    ):
        assert held_by(given) is None


def test_a_batch_that_changes_nothing_leaves_what_is_kept(keeper: Keeper) -> None:
    """Its headers are not written, so their versions are the same."""
    chain = keeper.chain()
    assert left_by([], loaded={}, before={}) == {}
    keeper.commit(replace(chain.result(), delivery=9))
    chain.steps, chain.last_event = 0, 3
    keeper.commit(chain.result())
    assert keeper.guessed()
