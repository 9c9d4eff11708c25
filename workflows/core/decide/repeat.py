"""What was asked before is answered again, and changes nothing."""

from workflows.core.draft import Draft
from workflows.core.transition import Steered, Transition


def repeat(draft: Draft) -> Transition:
    state = draft.state
    return draft.finish(Steered(run_id=state.run_id, changed=False, status=state.status))
