"""A signal: recorded, and a turn if the workflow waits for it."""

from workflows.core import events as e
from workflows.core.draft import Draft
from workflows.core.inputs import SignalSent
from workflows.core.transition import Steered, Transition


def decide(draft: Draft, given: SignalSent) -> Transition:
    receive(draft, given)
    draft.remember(given.request_id)
    return draft.finish(Steered(run_id=draft.state.run_id, changed=True, status=draft.state.status))


def receive(draft: Draft, given: SignalSent) -> None:
    """Also the second half of a signal-with-start."""
    draft.emit(
        e.SignalReceived,
        name=given.name,
        payload=given.payload,
        request_id=given.request_id,
        identity=given.identity,
    )
