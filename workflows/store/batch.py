"""A batch: many inputs decided together on the states that one load has locked.

The inputs are decided in the order they came, each on the state that the one before has left, and each alone: one that
is refused leaves no trace. What is locked elsewhere is not decided here, but deferred to the slow lane.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workflows.core.decide import decide
from workflows.core.inputs import Input, Needs, RunInput, SignalSent, StartRequested, needs, run_id_of
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Recorded, Reply, Started, Transition
from workflows.store.backend import Loaded, LoadRequest
from workflows.store.lanes import Drain, Submission


def load_request(inputs: Iterable[Input | Drain], *, wait: bool = False) -> LoadRequest:
    """What must be locked and loaded before these inputs can be decided."""
    runs: dict[str, Needs] = {}
    request = LoadRequest(runs=runs, starts=[], requests=[], run_requests=[], drains=set(), wait=wait)
    for given in inputs:
        if isinstance(given, Drain):
            # What lies in the inbox is not known yet, so it may touch any child.
            request.drains.add(given.run_id)
            runs[given.run_id] = merged(runs.get(given.run_id, _NOTHING), Needs(all_children=True))
            continue
        if isinstance(given, StartRequested):
            request.starts.append((given.namespace, given.workflow_id))
            if given.request_id:
                request.requests.append((given.namespace, given.workflow_id, given.request_id))
            continue
        run_id = run_id_of(given)
        known = runs.get(run_id)
        runs[run_id] = needs(given) if known is None else merged(known, needs(given))
        request_id = getattr(given, "request_id", "")
        if request_id:
            request.run_requests.append((run_id, request_id))
    return request


_NOTHING = Needs()


def merged(one: Needs, other: Needs) -> Needs:
    """What two inputs of one run need together."""
    seen = [each.seen_through for each in (one, other) if each.seen_through is not None]
    return Needs(
        children=one.children + other.children,
        all_children=one.all_children or other.all_children,
        seen_through=min(seen, default=None),
    )


@dataclass(slots=True, kw_only=True)
class Decided:
    """What has become of a batch, before anything of it is written."""

    transitions: list[Transition] = field(default_factory=list)
    answers: list[tuple[Submission, Reply | BaseException]] = field(default_factory=list)
    deferred: list[Submission] = field(default_factory=list)
    """Locked by another transaction: for the slow lane."""
    redirected: list[tuple[Submission, SignalSent]] = field(default_factory=list)
    """Signal-with-starts that met an open run, which a batch of starts has not locked."""
    dropped: int = 0
    """Inbox entries that came too late."""


class Batch:
    """Decides inputs one by one on loaded states."""

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._states: dict[str, State] = dict(loaded.states)
        self._current: dict[tuple[str, str], State] = dict(loaded.current)
        self._requests = loaded.requests
        self.decided = Decided()

    def run(self, submissions: Sequence[Submission]) -> Decided:
        """Inbox entries first: they were accepted before anything that is only now being decided."""
        for entry in self._loaded.inbox:
            self._drain(entry.given)
        for submission in submissions:
            self._one(submission)
        return self.decided

    def _drain(self, given: RunInput) -> None:
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
        if name in self._loaded.busy_ids:
            self.decided.deferred.append(submission)
            return None
        current = self._current.get(name)
        transition = decide(current, given, self._loaded.now, requests=self._requests.get(name))
        if transition.is_new_run and transition.state is not None:
            self._current[name] = transition.state
        elif given.signal is not None and transition.events:
            return self._signal_existing(submission, given, current)
        return transition

    def _signal_existing(
        self, submission: Submission, given: StartRequested, current: State | None
    ) -> Transition | None:
        """The run exists: its signal needs the run's lock, which only a run that this batch has loaded has."""
        assert current is not None
        assert given.signal is not None
        signal = SignalSent(
            run_id=current.run_id,
            name=given.signal.name,
            payload=given.signal.payload,
            request_id=given.request_id,
            identity=given.identity,
        )
        state = self._states.get(current.run_id)
        if state is None:
            self.decided.redirected.append((submission, signal))
            return None
        transition = decide(state, signal, self._loaded.now)
        transition.reply = Started(workflow_id=given.workflow_id, run_id=current.run_id, started=False)
        return transition

    def _run_input(self, submission: Submission, given: RunInput) -> Transition | None:
        run_id = run_id_of(given)
        if run_id in self._loaded.busy:
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
