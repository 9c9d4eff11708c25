"""Group commit: everything that arrives while one transaction is under way is the next.

```
 submit ─► lanes ─► batch ─► BEGIN, lock, load ─► decide ─► write, COMMIT ─► answers, `on_commit`
                      ▲                             │
                      │                             └─ locked elsewhere ─► slow lane (one input a transaction, may wait)
                      └── meanwhile
```

Guarantees: an answer is given after the commit of its transition, and never before; each input is decided on a state
that no other transaction can change, or (`kept`) that is found unchanged, and locked, before anything is written; a
batch never waits for another transaction; a statement that the database refuses costs the inputs that cause it, and no
other (the batch is cut in half until they are found).

An input that finds nothing under way may be taken through on the thread that brings it (`alone`).

When the connection dies during COMMIT nobody knows whether it happened. The database is asked, by the transaction's id
or by what it wrote (`postgres/settle`); only then is anything answered or decided again.

Does not guarantee that an input is decided while the database is away: client inputs are refused then, completions
wait, loops are dropped (they find their work again).
"""

import logging
import random
import threading
from collections.abc import Callable, Sequence

from psycopg import errors

from timers.trouble import SILENT_SECONDS, Trouble
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Reply
from workflows.points import Point, reach
from workflows.store.alone import Alone
from workflows.store.away import AWAY
from workflows.store.backend import Backend, Locked, OutcomeUnknown, PromptBackend, StaleRead
from workflows.store.batch import fields_of, load_request
from workflows.store.lanes import Drain, Lane, Lanes, Submission
from workflows.store.seating import Seats
from workflows.store.work import Committed, Work

_LOGGER = logging.getLogger(__name__)

BACKOFF_FIRST = 0.05
BACKOFF_MAX = 2.0
"""Seconds between looks what has become of a commit."""
AWAY_MAX = 0.5
"""Seconds between attempts to reach a database that is away: clients wait so long to hear of it."""
PROBE_SECONDS = 1.0
"""Of idleness, after which the database is looked at: whoever asks for the engine's health must not hear old news."""
NEWS_SECONDS = 1.5
"""What another session has heard of it in this time is news enough,"""
LOOK_SECONDS = 3.0
"""but not for longer: that it can be written to, and from here, shows only here."""
SLOW_TRIES = 3
"""Lock time-outs that a client's input may meet in the slow lane before it is refused."""
_UNAVAILABLE = "the database cannot be reached now; try again"
_STOPPED = "the engine stops; try again"
_UNKNOWN = "the connection was lost at the commit: ask again whether it was recorded"


class CommitThread:
    """One thread with one connection that commits what is submitted to it.

    Args:
        name: of the thread.
        backend: its connection; used by this thread, or by who takes an input through `alone`.
        on_commit: called on the thread that commits after each commit, before the answers.
        batch_max: inputs of one transaction.
        waits: whether its transactions wait for locks held elsewhere (the slow lane).
        defer: takes what is locked elsewhere. None: it is tried again here.
        watches: whether it looks at the database while it has nothing to do.
        trouble: is told how the database fares here.
        seats: where new tasks may go with the commit. None: all are announced.
    """

    def __init__(
        self,
        name: str,
        backend: Backend,
        on_commit: Callable[[Committed], None],
        *,
        batch_max: int,
        waits: bool = False,
        defer: Callable[[list[Submission]], None] | None = None,
        watches: bool = False,
        trouble: Trouble,
        seats: Seats | None = None,
    ) -> None:
        self._name = name
        self._backend = backend
        self._backend.on_silence = self._late
        self._on_commit = on_commit
        self._batch_max = batch_max
        self._waits = waits
        self._defer = defer or self._wait_again
        self._seats = seats
        self._prompt = backend if isinstance(backend, PromptBackend) and not waits else None
        self._left: list[tuple[Work, Exception | None]] = []
        """By who took it through alone: one at most."""
        self._lanes = Lanes()
        self._thread = threading.Thread(target=self._run, name=f"sched-{name}", daemon=True)
        self._stopping = threading.Event()
        self._failures = 0
        self._worked_at = trouble.now()
        self._watches = watches and backend.is_remote
        self._trouble = trouble

    @property
    def waiting(self) -> dict[Lane, int]:
        """Inputs that wait, by lane. Any thread."""
        return self._lanes.waiting

    @property
    def is_reachable(self) -> bool:
        """Whether the last attempt to use the database succeeded, and none waits for its answer for long."""
        return self._name not in self._trouble.failing

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Commits what is queued, then ends."""
        self._stopping.set()
        self._lanes.close()
        self._thread.join(timeout)

    def put(self, submissions: list[Submission]) -> None:
        """Queue inputs. Those that find no room, and all after `stop`, are answered with a refusal."""
        if not self._lanes.put(submissions):
            _refuse(submissions, Rejected(Code.UNAVAILABLE, _STOPPED))

    def take_over(self, submissions: list[Submission]) -> None:
        """Inputs that another thread could not decide."""
        self.put(submissions)

    @property
    def _limit(self) -> int:
        """Inputs of the next transaction. Fewer after each failure but the first: some may take too long together,
        which looks like an outage and would be one for ever."""
        return max(1, self._batch_max >> max(0, self._failures - 1))

    def begin_alone(self, submission: Submission) -> Alone | None:
        """See `alone`: takes an input through on the thread that calls, if nothing is under way here and nothing has to
        be waited for. None: nothing has happened; `put` it."""
        if self._prompt is None or not self._lanes.borrow(submission):
            return None
        work = Work([submission], began=self._trouble.now())
        alone = Alone(work, self._prompt, on_end=self._end_alone, on_left=self._leave)
        if not self._failures and alone.begin(self._seats):
            return alone
        self._lanes.give_back()
        return None

    def _end_alone(self, work: Work) -> None:
        try:
            self._answer(work)
        finally:
            self._lanes.give_back()

    def _leave(self, work: Work, error: Exception | None) -> None:
        self._left.append((work, error))
        self._lanes.give_back(call=True)

    def _go_on(self, work: Work, error: Exception | None) -> None:
        """With what was left to this thread."""
        try:
            if error is None and self._prompt is not None:
                self._prompt.finish()
        except Exception as found:
            error = found
        if error is None:
            self._answer(work)
        else:
            self._failed(work, error)

    def _run(self) -> None:
        while True:
            idle = PROBE_SECONDS if self._watches or not self.is_reachable else None
            batch = self._lanes.take(self._limit, idle)
            try:
                if self._left:
                    self._go_on(*self._left.pop())
                elif batch:
                    self._commit(batch)
                elif self._lanes.is_closed:
                    break
                elif not self._knows():
                    self._probe()
            except Exception:
                _LOGGER.exception("a batch of %d was lost", len(batch))
        self._backend.close()

    def _commit(self, batch: list[Submission]) -> None:
        """Commit a batch, whatever happens: every submission is answered, deferred or queued again."""
        reach(Point.SLOW_TAKEN if self._waits else Point.BATCH_TAKEN)
        work = Work(batch, began=self._trouble.now())
        try:
            request = load_request((each.given for each in batch), wait=self._waits)
            work.decide(self._backend.begin_and_load(request), self._seats)
            self._backend.save_and_commit(work.decided.transitions)
        except Exception as error:
            self._failed(work, error)
        else:
            self._answer(work)

    def _failed(self, work: Work, error: Exception) -> None:
        match error:
            case OutcomeUnknown():
                self._settle(work, error.transaction)
            case StaleRead():
                self._backend.rollback()
                self._lanes.put_back(work.batch)
                self._free(work)
            case Locked():
                self._backend.rollback()
                self._contended(work.batch)
                self._free(work)
            case _:
                self._backend.rollback()
                self._free(work)  # before it waits, and before the halves need them
                if isinstance(error, AWAY):
                    self._away(work.batch, error)
                else:
                    self._bisect(work.batch, error)

    def _settle(self, work: Work, transaction: str) -> None:
        reach(Point.OUTCOME_UNKNOWN)
        outcome = self._outcome_of(transaction)
        if outcome:
            self._answer(work)
            return
        self._free(work)
        if outcome is None:
            _refuse(work.batch, Rejected(Code.UNAVAILABLE, _UNKNOWN))
        else:
            self._lanes.put_back(work.batch)

    def _free(self, work: Work) -> None:
        """Their tasks were not written."""
        if self._seats is not None and work.seated:
            self._seats.free([each.seat for each in work.seated])

    def _outcome_of(self, transaction: str) -> bool | None:
        """Whether it was committed. Asked until the database says, since nothing else can be done before it does: who
        comes meanwhile is told. None if the engine stops before that, or the database refuses to be asked."""
        backoff = BACKOFF_FIRST
        while True:
            try:
                outcome = self._backend.outcome_of(transaction)
            except AWAY as error:
                outcome = None
                self._trouble.failed(self._name, error)
                _refuse(self._lanes.take_requests(), Rejected(Code.UNAVAILABLE, _UNAVAILABLE))
            except Exception:
                _LOGGER.exception("connection lost at COMMIT of %s: its outcome cannot be read", transaction)
                return None
            if outcome is not None:
                _LOGGER.warning("connection lost at COMMIT of %s: it was %s", transaction, _verb(outcome))
                return outcome
            if self._stopping.is_set():
                _LOGGER.error("connection lost at COMMIT of %s: its outcome is not known", transaction)
                return None
            backoff = self._pause(backoff)

    def _answer(self, work: Work) -> None:
        """After the commit. Whoever is told must not be able to undo it, so errors end here."""
        reach(Point.COMMITTED)
        self._back()
        decided = work.decided
        try:
            # Also of a batch that changed nothing: it tells the time.
            self._on_commit(work.committed(self._worked_at))
        except Exception:
            _LOGGER.exception("what follows a commit failed")
        reach(Point.FOLLOWED_UP)
        for submission, reply in decided.answers:
            _tell(submission, reply)
        reach(Point.TOLD)
        if decided.undrained:
            self._drain(decided.undrained)
        if decided.deferred:
            self._deferred(decided.deferred)

    def _drain(self, runs: Sequence[str]) -> None:
        """What is not taken here, as by a thread that stops, is found by the sweep."""
        rest = [Submission(Drain(run), lambda _: None, Lane.LOOPS, queue="inboxes") for run in runs]
        self.put(rest)

    def _deferred(self, submissions: list[Submission]) -> None:
        if self._waits:
            self._pause(BACKOFF_FIRST)
            self._contended(submissions)
        else:
            reach(Point.DEFERRED)
            self._defer(submissions)

    def _away(self, batch: list[Submission], error: Exception) -> None:
        """The database is away. Clients are told; completions wait here; loops will find their work again.

        The first time everything is tried again at once: a session that was closed while nothing went on (a restart,
        a fail-over) shows only when it is used.
        """
        self._failures += 1
        if self._failures == 1:
            self._lanes.put_back(batch)
            return
        self._fail(error)
        batch = [*batch, *self._lanes.take_requests()]
        waiting = [each for each in batch if each.lane is Lane.COMPLETIONS and not self._stopping.is_set()]
        _refuse([each for each in batch if each not in waiting], Rejected(Code.UNAVAILABLE, _UNAVAILABLE))
        self._lanes.put_back(waiting)
        self._pause(min(BACKOFF_FIRST * 2 ** min(self._failures, 8), AWAY_MAX))

    def _fail(self, error: Exception) -> None:
        self._trouble.failed(self._name, error)
        if isinstance(error, errors.ReadOnlySqlTransaction):
            self._backend.close()  # it has been replaced, perhaps, and a new session leads to its successor

    def _back(self) -> None:
        self._failures = 0
        self._worked_at = self._trouble.now()
        self._trouble.heard()
        self._trouble.worked(self._name)

    def _knows(self) -> bool:
        """Whether all was well here a moment ago, and elsewhere just now."""
        if self._failures or self._trouble.now() - self._worked_at >= LOOK_SECONDS:
            return False
        return self._trouble.is_news(NEWS_SECONDS)

    def _probe(self) -> None:
        """Nothing to do: look, so that health is true of a database that went, or came back, meanwhile."""
        try:
            self._backend.probe(thoroughly=not self.is_reachable)
        except AWAY as error:
            self._backend.rollback()
            self._failures += 1
            if self._failures > 1:
                self._fail(error)
        else:
            self._back()

    def _late(self, seconds: float) -> None:
        if seconds >= SILENT_SECONDS:
            self._trouble.failed(self._name, f"no answer for {seconds:.0f} s")

    def _contended(self, batch: list[Submission]) -> None:
        """Another transaction has what we need: completions try on, a client is refused after some tries."""
        again: list[Submission] = []
        for each in batch:
            each.tries += self._waits
            if each.tries < SLOW_TRIES or (each.lane is Lane.COMPLETIONS and not self._stopping.is_set()):
                again.append(each)
            else:
                message = "another transaction holds this workflow id; try again"
                _tell(each, Rejected(Code.ID_BUSY, message))
        self._defer(again)

    def _wait_again(self, submissions: list[Submission]) -> None:
        """Of the slow lane: locked still, though it was waited for. Others may be luckier meanwhile."""
        self._lanes.put_last(submissions)

    def _bisect(self, batch: list[Submission], error: Exception) -> None:
        """Doors validate, so this is a bug of ours. It costs the inputs that meet it, and no other."""
        if len(batch) == 1:
            given = batch[0].given
            _LOGGER.error(
                "an input was given up: %s", type(given).__name__, exc_info=error, extra=fields_of(given)
            )
            _refuse(batch, error)
            return
        middle = len(batch) // 2
        self._commit(batch[:middle])
        self._commit(batch[middle:])

    def _pause(self, backoff: float) -> float:
        self._stopping.wait(backoff * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
        return min(backoff * 2, BACKOFF_MAX)


def _tell(submission: Submission, reply: Reply | BaseException) -> None:
    try:
        submission.answer(reply)
    except Exception:  # the event loop has ended, as a rule
        _LOGGER.exception("an answer was not delivered")


def _refuse(submissions: list[Submission], error: Exception) -> None:
    for each in submissions:
        _tell(each, error)


def _verb(committed: bool) -> str:
    return "committed" if committed else "rolled back"
