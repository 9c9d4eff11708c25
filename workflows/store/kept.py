"""States that this committing thread's own commits have left: the next input of such a run is decided without a load.

```
 commit ─► keep(state, version) ─► an input of the run ─► decided on the kept state ─► checked, written, committed
                 ▲                                                                       │
                 └───────────────────────────────────────────────────────────────────────┤
                                            another has written: forgotten, and loaded ◄─┘
```

A kept state is a guess until the transaction that writes has locked the header and found the version, an empty inbox
and the deliveries that the inputs name (`Expected`). Every writer of a run updates its header, so the version alone
speaks for header and children. Claims, releases and renewals update tasks alone, so what is known of a task's holder is
never taken for granted: an input whose rule looks at more than "this delivery is held" is not decided here.

Guarantees: what is decided on a kept state and passes the check is what a load under the lock would have led to.

Does not guarantee that anything is kept. States that are large are not, nor those that hold payloads; of the others
`RUNS_MAX`, those that changed last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from workflows.core.commands import CancelActivity
from workflows.core.inputs import ActivitySucceeded, Needs, RunInput, SignalSent, TurnCompleted
from workflows.core.keys import TaskKey
from workflows.core.state import State, TaskState
from workflows.core.transition import Holder, NewTask, Transition

RUNS_MAX = 4_000
"""Some ten megabytes: what a worker and its successors have in hand."""
CHILDREN_MAX = 32
"""Activities, timers and tasks of a run. A decision copies what it works on, so that of more costs more than a load."""
REST_MAX = 64
"""Batches. After a guess that was wrong, that many are loaded at most, and one at least, before the next one: what is
decided in vain costs as much as what is not."""


_NOTHING = Needs()


class Held(NamedTuple):
    """A task that an input says its worker holds."""

    key: TaskKey
    delivery: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A run as a commit has left it. `version` is the low half of that transaction's id, which is on its header.

    `all_children`, `unseen`: whether the state has all of them. A state that was loaded may have none but those that
    were asked for.
    """

    state: State
    version: int
    all_children: bool
    unseen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must hold in the transaction that writes what was decided on kept states."""

    versions: Mapping[str, int]
    """Of each run; and its inbox is empty."""
    held: Sequence[Held]
    """Tasks in a worker's hands, with just that delivery."""
    now: datetime | None = None
    """When it was decided: an instant that the database's clock has reached."""


def held_by(given: RunInput) -> tuple[Held, ...] | None:
    """The tasks that an input says its worker holds; None if its rule looks at more of a task, or if it is rare."""
    match given:
        case ActivitySucceeded(turn=turn):
            return None if turn is not None and _cancels(turn) else (Held(given.key, given.delivery),)
        case TurnCompleted():
            return None if _cancels(given) else (Held(given.key, given.delivery),)
        case SignalSent(request_id=""):
            return ()
        case _:
            return None


def _cancels(turn: TurnCompleted) -> bool:
    """To cancel an activity is another thing while a worker has it, and who has it may have changed."""
    return any(type(command) is CancelActivity for command in turn.commands)


class KeptStates:
    """Of one backend; used by its thread."""

    def __init__(self) -> None:
        self._runs: dict[str, Kept] = {}
        """What was kept last is last."""
        self._rest = 0
        self._resting = 0

    def __len__(self) -> int:
        return len(self._runs)

    def suitable(self, runs: Mapping[str, Needs], held: Mapping[str, Sequence[Held]]) -> dict[str, Kept]:
        """Those of the runs that inputs can be decided on that need this of them, and hold these tasks."""
        if not self._runs:
            return {}
        found = {run: self._suitable(run, runs[run], each) for run, each in held.items()}
        return {run: kept for run, kept in found.items() if kept is not None}

    def _suitable(self, run_id: str, needs: Needs, held: Sequence[Held]) -> Kept | None:
        kept = self._runs.get(run_id)
        if kept is None or not (kept.all_children or _has_children(kept.state, needs)):
            return None
        if needs.seen_through is not None and not kept.unseen:
            return None
        for key, delivery in held:
            task = kept.state.tasks.get(key)
            if task is None or task.owner is None or task.delivery != delivery:
                return None
        return kept

    def may_guess(self) -> bool:
        """Whether a batch may be decided before it is checked; asked once for each."""
        if not self._resting:
            return True
        self._resting -= 1
        return False

    def guessed(self, *, right: bool) -> None:
        """What has become of such a batch."""
        self._rest = 0 if right else min(2 * self._rest + 1, REST_MAX)
        self._resting = self._rest

    def forget(self, runs: Iterable[str]) -> None:
        for run in runs:
            self._runs.pop(run, None)

    def clear(self) -> None:
        """The session was lost. Another server may answer now, with another past and the same versions."""
        self._runs.clear()

    def keep(self, states: Mapping[str, Kept], *, version: int) -> None:
        """After a commit: what it has left (`left_by`), under the version that its headers have now."""
        for run, kept in states.items():
            self._runs.pop(run, None)
            if kept.state.is_open and _is_small(kept.state):
                self._runs[run] = replace(kept, version=version)
        while len(self._runs) > RUNS_MAX:
            del self._runs[next(iter(self._runs))]


def left_by(
    transitions: Sequence[Transition], *, loaded: Mapping[str, Needs], before: Mapping[str, Kept]
) -> dict[str, Kept]:
    """The states that a batch leaves if it is committed. Their version is not known yet.

    Args:
        transitions: of the batch.
        loaded: what was loaded of each run for it.
        before: the kept states that it was decided on.
    """
    found: dict[str, Kept] = {}
    for each in transitions:
        state = each.state
        if state is None or not (each.events or each.tasks or each.timers or each.activities):
            continue  # its header is not written
        was = found.get(state.run_id) or before.get(state.run_id)
        if was is not None:
            found[state.run_id] = Kept(state, 0, was.all_children, was.unseen)
        elif each.is_new_run:
            found[state.run_id] = Kept(state, 0, True, True)
        else:
            needs = loaded.get(state.run_id, _NOTHING)
            found[state.run_id] = Kept(state, 0, needs.all_children, _sees_all(needs, state))
    _note_holders(found, transitions)
    return found


def _note_holders(found: dict[str, Kept], transitions: Sequence[Transition]) -> None:
    """Of the tasks that were born claimed. In a copy: whoever hears of the commit has the state, too."""
    for each in transitions:
        for key, task in each.tasks.items():
            if type(task) is NewTask and task.holder is not None and key in found[key.run_id].state.tasks:
                kept = found[key.run_id]
                state = kept.state.fork()
                state.tasks[key] = _held(key, task, task.holder)
                found[key.run_id] = replace(kept, state=state)


def _has_children(state: State, needs: Needs) -> bool:
    if needs.all_children:
        return False
    return all(number in state.activities or number in state.timers for number in needs.children)


def _sees_all(needs: Needs, state: State) -> bool:
    """What was loaded of the events begins no later than after what the last turn has seen."""
    return needs.seen_through is not None and needs.seen_through <= state.seen_through


def _is_small(state: State) -> bool:
    children = len(state.activities) + len(state.timers) + len(state.tasks)
    if state.unseen or children > CHILDREN_MAX:
        return False
    return all(activity.last_failure is None for activity in state.activities.values())


def _held(key: TaskKey, task: NewTask, holder: Holder) -> TaskState:
    return TaskState(
        key=key,
        created_at=task.created_at,
        delivery=1,
        owner=holder.owner,
        claimed_at=holder.claimed_at,
        lease_until=holder.lease_until,
    )
