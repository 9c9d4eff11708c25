"""The engine's writer: a thread that commits in groups, and the slow lane beside it.

What is locked elsewhere is handed from the one to the other. See `commit_thread` for how a batch fares.
"""

from collections.abc import Callable

from timers.trouble import Trouble
from workflows.core.inputs import Input
from workflows.store.alone import Alone
from workflows.store.backend import Backend
from workflows.store.commit_thread import CommitThread
from workflows.store.lanes import BATCH_MAX, Answer, Drain, Lane, Submission
from workflows.store.seating import Seats
from workflows.store.work import Committed


class GroupCommit:
    """See the module.

    Args:
        backend: makes a connection's backend; called once for each thread.
        on_commit: called on a committing thread after each commit, before its answers.
        trouble: is told how the database fares here.
        seats: where new tasks may go with the commit. None: all are announced.
    """

    def __init__(
        self,
        backend: Callable[[], Backend],
        on_commit: Callable[[Committed], None],
        *,
        trouble: Trouble | None = None,
        seats: Seats | None = None,
    ) -> None:
        trouble = trouble or Trouble()
        self._slow = CommitThread(
            "slow lane", backend(), on_commit, batch_max=1, waits=True, trouble=trouble, seats=seats
        )
        self._main = CommitThread(
            "writer",
            backend(),
            on_commit,
            batch_max=BATCH_MAX,
            defer=self._slow.take_over,
            watches=True,
            trouble=trouble,
            seats=seats,
        )

    @property
    def waiting(self) -> dict[Lane, int]:
        """Inputs that wait for a committing thread, by lane."""
        slow = self._slow.waiting
        return {lane: count + slow[lane] for lane, count in self._main.waiting.items()}

    @property
    def is_reachable(self) -> bool:
        return self._main.is_reachable

    def start(self) -> None:
        self._slow.start()
        self._main.start()

    def stop(self, timeout: float | None = None) -> None:
        """Commits what is queued, then ends both threads."""
        self._main.stop(timeout)
        self._slow.stop(timeout)

    def submit(self, given: Input | Drain, answer: Answer, lane: Lane, *, size: int = 0) -> None:
        """Queue one input; `answer` is called after its commit, on a committing thread, or at once with `Overloaded`
        where too many of its kind wait."""
        self._main.put([Submission(given=given, answer=answer, lane=lane, size=size)])

    def submit_all(self, submissions: list[Submission]) -> None:
        """Queue many at once."""
        self._main.put(submissions)

    def begin_alone(self, submission: Submission) -> Alone | None:
        """One input, taken through by the thread that calls, which must be one always. None: submit it."""
        return self._main.begin_alone(submission)
