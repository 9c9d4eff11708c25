"""What needs an operator: each kind of trouble is a question to the database that an index answers.

Guarantees: at most `SHOWN` findings of a kind are read and at most `COUNTED` counted, so a look costs the same with a
million executions; nothing is kept, and what has gone away by itself is not shown.

Does not: tell of executions that wait for a signal or a timer in good order, however long: that is what they are for.
Headers whose payloads alone are damaged are told by their own pages and by `manage.py fsck`: no index finds them.
"""

from collections.abc import Sequence
from datetime import datetime

from workflows.service.attention.activities import FailingActivities, ReturnedActivities
from workflows.service.attention.damage import DamagedExecutions, UnreadableInboxes
from workflows.service.attention.finding import COUNTED, SHOWN, Finding, Found, Trouble
from workflows.service.attention.operations import FailedOperations
from workflows.service.attention.parked import ParkedExecutions
from workflows.service.attention.queues import UnservedQueues
from workflows.service.attention.timers import OverdueTimers

__all__ = ["COUNTED", "KINDS", "SHOWN", "TROUBLES", "Finding", "Found", "Trouble", "count_all", "find_all"]

TROUBLES: Sequence[Trouble] = (
    ParkedExecutions(),
    UnservedQueues(),
    FailingActivities(),
    ReturnedActivities(),
    OverdueTimers(),
    FailedOperations(),
    DamagedExecutions(),
    UnreadableInboxes(),
)
"""In the order of the page: what stands still before what goes on trying."""
KINDS: Sequence[str] = tuple(trouble.slug for trouble in TROUBLES)


def find_all(now: datetime, *, payloads: bool) -> list[Found]:
    """All kinds, those without findings too."""
    return [trouble.find(now, payloads=payloads) for trouble in TROUBLES]


def count_all(now: datetime) -> int:
    """For the front page; bounded as the findings are."""
    return sum(found.count for found in find_all(now, payloads=False))
