"""Bulk operations: signal, cancel, terminate or retry all executions that a filter lets through, in the background.

```
             asked for               the first chunk                 no execution is left
  (preview) ───────────► WAITING ──────────────────────► RUNNING ──────────────────────────► DONE
                            │                             │    │  an error of ours
                            └──────────► STOPPED ◄────────┘    └──────────────────────────► FAILED
                                         by somebody
```

Guarantees:

* An execution that was there when the operation was asked for, and matches, is come to once: its part is done in the
  transaction that moves the operation's position past it. So a crash repeats nothing and leaves nothing out, and so do
  two engines that both believe to lead.
* What starts later is not touched: the upper bound is the database's time when it was asked for. That holds for the
  runs that a retry starts, too.
* A stop is effective at once: a chunk is written under the operation's row, which the stop changes.

It does not promise an effect on each: what ends before the engine decides is left as it is, as with a single request.
Operations are done one after the other, in the order in which they were asked for.
"""

from workflows.service.bulk.asking import ask, preview, stop
from workflows.service.bulk.rules import FILTER_NAMES, STATUSES
from workflows.service.bulk.seen import Progress, find, listed, progress_of
from workflows.service.bulk.step import Stepped, step
from workflows.service.bulk.values import Asked, Kind, Preview, State

__all__ = [
    "FILTER_NAMES",
    "STATUSES",
    "Asked",
    "Kind",
    "Preview",
    "Progress",
    "State",
    "Stepped",
    "ask",
    "find",
    "listed",
    "preview",
    "progress_of",
    "step",
    "stop",
]
