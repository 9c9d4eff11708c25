"""The inline writer: starts and steers from any Django code, in the caller's own connection and transaction.

Guarantees:

* Effective if and only if the caller's transaction commits; outside any block it opens one. A refusal undoes what this
  call has done and nothing else.
* It only inserts, and moves the current run of an id that is used again. It locks no execution, so a transaction that
  stays open delays nobody, but other starts of the same workflow id and repeats of the same request id: those are held
  by advisory locks, which both writers try for and neither queues on.
* A start's rows are complete. A signal, cancel or termination waits in the inbox, and the engine decides it.

It does not promise that what was put into the inbox has an effect: if the run ends before, it is dropped.
"""

from workflows.store.inline.first import first_event
from workflows.store.inline.start import start
from workflows.store.inline.steer import steer

__all__ = ["first_event", "start", "steer"]
