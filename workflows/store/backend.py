"""The seam between the group-commit writer and a database: lock and load a batch, save it, commit.

One backend is one connection, used by one thread. The life of a batch:

```
 begin_and_load(request) ──► Loaded ──► (decide) ──► save_and_commit(transitions)
        │                                                │
        └────────────── rollback() ◄─────────────────────┤ StaleRead, Locked, other errors
                                                         └ OutcomeUnknown ──► outcome_of(transaction)
```

Guarantees:

* What `Loaded.states` holds is locked until the end of the transaction, and is as of the lock: header and children
  agree, whoever has committed in between.
* Without `wait` nothing here waits for another transaction; what is locked elsewhere is named in `busy…`.
* Where states are kept (`workflows.store.kept`), `Loaded` may have such, not locked. `save_and_commit` locks them then,
  and raises `StaleRead` unless they are those of the database.
* `save_and_commit` is all or nothing. After any error the backend is usable again; after a lost connection the next
  `begin_and_load` connects anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from timers.patience import OnSilence
from workflows.codec.inbox import Steering
from workflows.core.inputs import Needs
from workflows.core.state import State
from workflows.core.transition import Transition
from workflows.store.kept import Held

WorkflowKey = tuple[str, str]
"""(namespace, workflow id)"""

INBOX_MAX = 200
"""Entries of a run's inbox in one transaction, which shall be short: the rest is drained by the next."""


class StartKey(NamedTuple):
    """A start to be decided. One of a generated id (workflow id = run id) needs no entry: nobody else can have it."""

    namespace: str
    workflow_id: str
    request_id: str = ""
    lock_current: bool = False
    """Lock the header of the id's current run, too: the start carries a signal for it."""


class InboxEntry(NamedTuple):
    """What an inline transaction asked of a run. It remembered the request id itself: decide without `requests`."""

    run_id: str
    given: Steering


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """What a batch touches.

    `wait`: of the slow lane, for one execution: locks are waited for, up to the backend's lock timeout (`Locked`).
    """

    runs: Mapping[str, Needs] = field(default_factory=dict)
    starts: Sequence[StartKey] = ()
    run_requests: Sequence[tuple[str, str]] = ()
    """(run id, request id) of signals, cancels and terminations that carry one."""
    held: Mapping[str, Sequence[Held]] | None = None
    """Runs that may be decided on states that are kept (`kept`), each with the tasks that its inputs name. None: the
    transaction is to begin at once, and nothing is kept of it."""
    wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a batch may be decided on."""

    now: datetime
    transaction: str
    """For `outcome_of`; empty where a commit's outcome is always known, or where it has not begun."""
    states: dict[str, State]
    """The locked runs, and those whose kept states will be checked. Those of `busy`, and those that do not exist, are
    missing."""
    busy: set[str]
    """Runs (of `runs`, or current runs of `lock_current` starts) that another transaction has locked."""
    current: dict[WorkflowKey, State]
    """The current runs of the starts, without children; locked only if also in `states`."""
    busy_starts: set[WorkflowKey]
    """Starts whose workflow id or request id another transaction has in hand."""
    inbox: list[InboxEntry]
    """Drained with this transaction, of the locked runs, in the order they came in. Where there are `INBOX_MAX` of a
    run, more may wait."""
    requests: dict[WorkflowKey, dict[str, str]]
    """Of the request ids asked for, those accepted before, each with its run."""
    busy_requests: set[tuple[str, str]]
    """(run id, request id) that another transaction has in hand."""


class StoreError(Exception):
    """A batch that was not written. Nothing of it is stored."""


class StaleRead(StoreError):
    """Another transaction changed what was read without a lock before it could be written: load and decide again."""


class Locked(StoreError):
    """A lock was waited for in vain (`wait` only)."""


class OutcomeUnknown(Exception):
    """The connection ended while COMMIT was under way: ask `outcome_of(transaction)`."""

    def __init__(self, transaction: str) -> None:
        super().__init__(f"the connection ended at the commit of transaction {transaction}")
        self.transaction = transaction


class Unsuitable(Exception):
    """The database cannot keep the promises; the message says what to change."""


class Backend(Protocol):
    """See the module. Not thread-safe.

    Attributes:
        is_remote: whether the database may go away while this process lives.
        on_silence: hears, on the thread that uses the backend, that an answer of the server is late.
    """

    is_remote: bool
    on_silence: OnSilence | None

    def connect(self) -> None:
        """Connects and checks the server.

        Raises:
            Unsuitable: by its settings the server would forget what it acknowledged, is too old, or is a pooler.
        """

    def begin_and_load(self, request: LoadRequest) -> Loaded:
        """Begins a transaction, locks what it can of `request`, and reads it."""

    def save_and_commit(self, transitions: Sequence[Transition]) -> None:
        """Writes the transitions, in order, and commits.

        Raises:
            StaleRead: see there; rolled back.
            OutcomeUnknown: see there.
        """

    def probe(self, *, thoroughly: bool) -> None:
        """Raises what a batch would raise that cannot be written now.

        Args:
            thoroughly: also write something, and take it back: a disk that is full shows only then.
        """

    def rollback(self) -> None:
        """Ends the transaction without a trace, if there is one."""

    def outcome_of(self, transaction: str) -> bool | None:
        """Whether a transaction was committed, from a new connection; None if the server does not know (any more).

        Raises what a batch would raise while there is nobody to ask: a stand-by is not asked.
        """

    def close(self) -> None:
        """Ends the connection; a transaction that is under way is rolled back."""


@runtime_checkable
class PromptBackend(Backend, Protocol):
    """One that can take a batch through without waiting, if all that it needs is known here."""

    def begin_at_once(self, request: LoadRequest) -> Loaded | None:
        """As `begin_and_load`, by what is kept (`kept`). None if it would have to wait: nothing has happened then."""

    def write(self, transitions: Sequence[Transition]) -> bool:
        """The first half of `save_and_commit`: the writes and COMMIT are on their way. Raises what that does.

        False: not all of them yet; `finish` sends the rest.
        """

    def finish(self) -> None:
        """The second half, for the answer. Once that is there (`is_answered`) it waits for nothing, not even to roll
        back: that is for who may wait."""

    def is_answered(self) -> bool:
        """Whether `finish` would not have to wait. To be asked when the descriptor is readable."""

    @property
    def descriptor(self) -> int | None:
        """Of the connection's socket. None: it was lost as it was written to, and `finish` says what that means."""


def merge_needs(needs: Sequence[Needs]) -> Needs:
    """What several inputs of one run need together."""
    if len(needs) == 1:
        return needs[0]
    children: set[int] = set()
    everything, seen_through = False, None
    for each in needs:
        children.update(each.children)
        everything = everything or each.all_children
        if each.seen_through is not None:
            seen_through = each.seen_through if seen_through is None else min(seen_through, each.seen_through)
    return Needs(children=tuple(sorted(children)), all_children=everything, seen_through=seen_through)
