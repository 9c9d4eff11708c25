"""An activity's result, and the turn that follows it where its worker has done that already.

```
 base            base + 1                  + 2 …
 ─────►  ActivityTaskCompleted  ─►  WorkflowTaskCompleted, the turn's events
         the result                 the eager turn: has seen base + 1, and so all there is
```
"""

from workflows.core import events as e
from workflows.core.decide.held import held_activity
from workflows.core.decide.turn import carry_out
from workflows.core.draft import Draft
from workflows.core.inputs import ActivitySucceeded, TurnCompleted
from workflows.core.rejection import Rejected
from workflows.core.transition import Recorded, Transition, TurnRecorded


def decide(draft: Draft, given: ActivitySucceeded) -> Transition:
    activity, task = held_activity(draft, given.key, given.delivery)
    was_due = draft.state.turn_due
    draft.emit(
        e.ActivityTaskCompleted,
        scheduled=activity.number,
        command=activity.command,
        attempt=activity.attempt,
        result=given.result,
        identity=given.identity,
        delivery=task.delivery,
    )
    recorded = None if given.turn is None or was_due else _turn(draft, given.turn)
    return draft.finish(recorded or Recorded())


def _turn(draft: Draft, given: TurnCompleted) -> TurnRecorded | None:
    """None: it does not follow, and the result stands alone; the worker hears so and does the turn as any other."""
    state = draft.state
    follows = state.turn_due and given.key.run_id == state.run_id and given.seen_through == state.last_event
    if not (state.is_open and follows):
        return None
    try:
        return carry_out(draft, given)
    except Rejected:
        return None
