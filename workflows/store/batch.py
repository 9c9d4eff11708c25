"""A batch: many inputs decided together on the states that one load has locked.

The inputs are decided in the order they came, each on the state that the one before has left, and each alone: one that
is refused leaves no trace. What is locked elsewhere is not decided here, but deferred to the slow lane.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workflows.core.decide import decide
from workflows.core.inputs import Input, Needs, RunInput, StartRequested, needs, request_id_of, run_id_of
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Recorded, Reply, Transition
from workflows.points import Point, reach
from workflows.store.backend import INBOX_MAX, Loaded, LoadRequest, StartKey, merge_needs
from workflows.store.kept import Held, held_by
from workflows.store.lanes import Drain, Submission


def load_request(inputs: Iterable[Input | Drain], *, wait: bool = False) -> LoadRequest:
    """What must be locked and loaded before these inputs can be decided."""
    runs: dict[str, list[Needs]] = {}
    held: dict[str, tuple[Held, ...] | None] = {}
    starts: list[StartKey] = []
    run_requests: list[tuple[str, str]] = []
    for given in inputs:
        if isinstance(given, StartRequested):
            if given.workflow_id != given.run_id:
                starts.append(_start_key(given))
            continue
        if isinstance(given, Drain):
            # What lies in the inbox is not known yet, so it may touch any child.
            runs.setdefault(given.run_id, []).append(Needs(all_children=True))
            held[given.run_id] = None
            continue
        run_id, request_id = run_id_of(given), request_id_of(given)
        runs.setdefault(run_id, []).append(needs(given))
        known = held.get(run_id, ())
        named = None if known is None else held_by(given)
        held[run_id] = None if known is None or named is None else known + named
        if request_id:
            run_requests.append((run_id, request_id))
    merged = {run_id: merge_needs(each) for run_id, each in runs.items()}
    suited = None if wait else {run_id: named for run_id, named in held.items() if named is not None}
    return LoadRequest(runs=merged, starts=starts, run_requests=run_requests, held=suited, wait=wait)


def fields_of(given: Input | Drain) -> dict[str, object]:
    """By which an operator finds it in a log."""
    if isinstance(given, StartRequested):
        return {
            "workflow_id": given.workflow_id,
            "run_id": given.run_id,
            "workflow_type": given.workflow_type,
        }
    if isinstance(given, Drain):
        return {"run_id": given.run_id}
    fields: dict[str, object] = {"run_id": run_id_of(given)}
    key = getattr(given, "key", None)
    if isinstance(key, TaskKey) and key.kind is TaskKind.ACTIVITY:
        fields |= {"activity_id": key.number, "attempt": key.attempt}
    return fields


def _start_key(given: StartRequested) -> StartKey:
    return StartKey(
        given.namespace, given.workflow_id, given.request_id, lock_current=given.signal is not None
    )


@dataclass(slots=True, kw_only=True)
class Decided:
    """What has become of a batch, before anything of it is written."""

    transitions: list[Transition] = field(default_factory=list)
    answers: list[tuple[Submission, Reply | BaseException]] = field(default_factory=list)
    deferred: list[Submission] = field(default_factory=list)
    """Locked by another transaction: for the slow lane."""
    dropped: int = 0
    """Inbox entries that came too late."""
    undrained: list[str] = field(default_factory=list)
    """Runs whose inbox may hold more than was drained."""


class Batch:
    """Decides inputs one by one on loaded states."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._states: dict[str, State] = dict(loaded.states)
        self._current: dict[tuple[str, str], State] = dict(loaded.current)
        self._requests = {name: dict(known) for name, known in loaded.requests.items()}
        self.decided = Decided()

    def run(self, submissions: Sequence[Submission]) -> Decided:
        """Inbox entries first: they were accepted before anything that is only now being decided."""
        for entry in self._loaded.inbox:
            self._drain(entry.given)
        drained = Counter(entry.run_id for entry in self._loaded.inbox)
        self.decided.undrained += [run_id for run_id, count in drained.items() if count >= INBOX_MAX]
        for submission in submissions:
            self._one(submission)
        return self.decided

    def _drain(self, given: RunInput) -> None:
        reach(Point.INBOX_DRAINED)
        try:
            # Its request id was remembered by the transaction that wrote the entry: not a repeat.
            transition = decide(self._states.get(run_id_of(given)), given, self._loaded.now)
        except Rejected:
            self.decided.dropped += 1
        else:
            self._keep(transition)

    def _one(self, submission: Submission) -> None:
        given = submission.given
        if isinstance(given, Drain):
            self._drained(submission, given)
            return
        try:
            if isinstance(given, StartRequested):
                transition = self._start(submission, given)
            else:
                transition = self._run_input(submission, given)
        except Rejected as rejected:
            self.decided.answers.append((submission, rejected))
            return
        if transition is not None:
            self._keep(transition)
            self.decided.answers.append((submission, transition.reply))

    def _drained(self, submission: Submission, given: Drain) -> None:
        if given.run_id in self._loaded.busy:
            self.decided.deferred.append(submission)
        else:
            self.decided.answers.append((submission, Recorded()))

    def _start(self, submission: Submission, given: StartRequested) -> Transition | None:
        name = (given.namespace, given.workflow_id)
        if name in self._loaded.busy_starts:
            self.decided.deferred.append(submission)
            return None
        current = self._current.get(name)
        if given.signal is not None and current is not None:
            if current.run_id in self._loaded.busy:
                self.decided.deferred.append(submission)
                return None
            # With its children: the signal is received by the run itself.
            current = self._states.get(current.run_id, current)
        transition = decide(current, given, self._loaded.now, requests=self._requests.get(name))
        if transition.is_new_run and transition.state is not None:
            self._current[name] = transition.state
        return transition

    def _run_input(self, submission: Submission, given: RunInput) -> Transition | None:
        run_id = run_id_of(given)
        in_hand = self._loaded.busy_requests and (run_id, request_id_of(given)) in self._loaded.busy_requests
        if in_hand or run_id in self._loaded.busy:
            self.decided.deferred.append(submission)
            return None
        state = self._states.get(run_id)
        if state is None:
            raise Rejected(Code.NOT_FOUND, f"no execution has the run id {run_id!r}")
        known = self._requests.get((state.namespace, state.workflow_id))
        return decide(state, given, self._loaded.now, requests=known)

    def _keep(self, transition: Transition) -> None:
        """Later inputs of the batch see what this one did."""
        state = transition.state
        if state is None:
            return
        if transition.events or transition.activities or transition.tasks or transition.timers:
            self._states[state.run_id] = state
        name = (state.namespace, state.workflow_id)
        current = self._current.get(name)
        if current is not None and current.run_id == state.run_id:
            self._current[name] = state
        if transition.request is not None:
            request_id, run_id = transition.request
            self._requests.setdefault(name, {})[request_id] = run_id
        self.decided.transitions.append(transition)
