"""An input that finds a committing thread with nothing to do is taken through by the thread that brings it.

Two wake-ups of a thread, there and back, are a twelfth of what a step costs whoever has the engine for themselves. The
event loop does the same as the thread would: decides, sends writes and COMMIT, tells. It does not wait: what is decided
here is decided on kept states (`kept`), and between COMMIT and its answer the loop does what else there is.

```
 borrow ─► begin ─► (the socket is readable) ─► is_answered ─► end: told, given back
              │                └── nothing comes ──┐              │
              └── anything unusual ────────────────┴──────────────┴─► leave: the thread goes on with it
```

Guarantees: only one thread uses the connection at a time; what goes wrong is the committing thread's, which may wait.
"""

from collections.abc import Callable

from workflows.points import Point, reach
from workflows.store.backend import PromptBackend
from workflows.store.batch import load_request
from workflows.store.seating import Seats
from workflows.store.work import Work

type OnEnd = Callable[[Work], None]
type OnLeft = Callable[[Work, Exception | None], None]
"""Receives what has become of the work, if that is known."""


class Alone:
    """See the module. Of one input, and of one thread.

    Args:
        work: the input.
        backend: borrowed for it.
        on_end: hears that it is committed.
        on_left: goes on with it, on the committing thread.
    """

    def __init__(self, work: Work, backend: PromptBackend, *, on_end: OnEnd, on_left: OnLeft) -> None:
        self._work = work
        self._backend = backend
        self._on_end = on_end
        self._on_left = on_left
        self.descriptor: int | None = None
        """Of the socket where the answer comes; None: there is nothing to be waited for here."""

    def begin(self, seats: Seats | None) -> bool:
        """Decides, and sends what is to be written. False: that would have to wait, and nothing has happened."""
        work = self._work
        try:
            loaded = self._backend.begin_at_once(load_request([each.given for each in work.batch]))
            if loaded is None:
                return False
            reach(Point.BATCH_TAKEN)
            work.decide(loaded, seats)
            is_sent = self._backend.write(work.decided.transitions)
        except Exception as error:
            self._on_left(work, error)
            return True
        if is_sent:
            self.descriptor = self._backend.descriptor
        if self.descriptor is None:
            self.leave()
        return True

    def is_answered(self) -> bool:
        """Whether it can be ended. To be asked whenever the descriptor is readable, until it can.

        Of a connection that was lost, uvloop says so once, and that may be too early: who asks must leave it some day.
        """
        return self._backend.is_answered()

    def end(self) -> None:
        """Tells of it. If it was not committed, the committing thread sees to it."""
        try:
            self._backend.finish()
        except Exception as error:
            self._on_left(self._work, error)
        else:
            self._on_end(self._work)

    def leave(self) -> None:
        """To the committing thread, which waits for the answer as long as it takes."""
        self._on_left(self._work, None)
