"""fsck: whether a database keeps the promises, and how what the events tell is put right again.

The events are the truth. Whatever else is stored of a run follows from them: the header is their fold, activities,
tasks and timers are what `effects` says of it. So a check folds every history by the kernel's own `evolve`, and
compares.

Guarantees:

* A check is of one moment, changes nothing, waits for nobody and is waited for by nobody; live engines cause no
  findings.
* Its memory and the number of its statements do not grow with the database, but that rows are fetched by the hundreds,
  and that the runs of a workflow id which looks wrong are looked at together.

It does not look into payloads, and cannot tell that a row is missing that nothing else speaks of: a whole run that is
gone with all its rows, a signal that was never stored.
"""

from workflows.store.fsck.check import Count, check, findings
from workflows.store.fsck.finding import Finding, Report, Rule, Scope
from workflows.store.fsck.forget import Forgotten, NotForgotten, forget
from workflows.store.fsck.repairs import Outcome, repair

__all__ = [
    "Count",
    "Finding",
    "Forgotten",
    "NotForgotten",
    "Outcome",
    "Report",
    "Rule",
    "Scope",
    "check",
    "findings",
    "forget",
    "repair",
]
