"""The naive twin of group commit: one input, one transaction, on the calling thread. Nothing is batched or merged."""

from collections.abc import Callable, Sequence

from tests.differential.answers import Answer, refusal
from tests.store.driver import request_of
from workflows.core.decide import decide
from workflows.core.inputs import Input, Needs, StartRequested, run_id_of
from workflows.core.rejection import Rejected
from workflows.core.state import State
from workflows.core.transition import Recorded, Transition
from workflows.store.backend import Backend, Loaded, LoadRequest
from workflows.store.lanes import Drain


class Naive:
    """Of a batch, the inboxes first, as group commit has it; then its inputs, each in a transaction.

    Args:
        backend: its connection.
        waits: whether anything lies in an inbox.
    """

    def __init__(self, backend: Backend, waits: Callable[[], bool]) -> None:
        self._backend = backend
        self._waits = waits

    def write(self, given: Sequence[Input | Drain]) -> list[Answer]:
        for each in given if self._waits() else ():
            self._drain(each)
        return [Recorded() if isinstance(each, Drain) else self._one(each) for each in given]

    def close(self) -> None:
        self._backend.close()

    def _drain(self, given: Input | Drain) -> None:
        loaded = self._backend.begin_and_load(_request(given))
        done: list[Transition] = []
        for entry in loaded.inbox:
            try:
                transition = decide(loaded.states[entry.run_id], entry.given, loaded.now)
            except Rejected:
                continue  # it came too late
            assert transition.state is not None
            loaded.states[entry.run_id] = transition.state
            done.append(transition)
        self._backend.save_and_commit(done)

    def _one(self, given: Input) -> Answer:
        loaded = self._backend.begin_and_load(_request(given))
        try:
            transition = _decide(loaded, given)
        except Rejected as rejected:
            self._backend.rollback()
            return refusal(rejected)
        self._backend.save_and_commit([transition])
        return transition.reply


def _request(given: Input | Drain) -> LoadRequest:
    if isinstance(given, Drain):
        return LoadRequest(runs={given.run_id: Needs(all_children=True)})
    return request_of([given])


def _decide(loaded: Loaded, given: Input) -> Transition:
    assert not loaded.inbox, "drained before"
    if isinstance(given, StartRequested):
        name = (given.namespace, given.workflow_id)
        state: State | None = loaded.current.get(name)
        if state is not None:
            state = loaded.states.get(state.run_id, state)
    else:
        state = loaded.states.get(run_id_of(given))
        name = ("", "") if state is None else (state.namespace, state.workflow_id)
    return decide(state, given, loaded.now, requests=loaded.requests.get(name))
