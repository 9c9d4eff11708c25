"""What a transition changes of what is shown, for the feed."""

from collections.abc import Iterable

from dispatch.feed.values import Change
from workflows.core.transition import Transition
from workflows.core.values import Status


def changes_of(transitions: Iterable[Transition]) -> list[Change]:
    """Of those that changed something."""
    return [_change(each) for each in transitions if each.state is not None and (each.events or each.tasks)]


def _change(transition: Transition) -> Change:
    state = transition.state
    assert state is not None
    after = state.status.value
    before = "" if transition.is_new_run else Status.RUNNING.value if transition.closed else after
    at = state.last_event_at.timestamp()
    return Change(state.namespace, state.workflow_id, state.run_id, before, after, at)
