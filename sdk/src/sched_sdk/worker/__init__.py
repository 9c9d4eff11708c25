"""The worker: takes tasks of one queue, runs workflows and activities, and answers.

Guarantees: nothing that user code does ends it, and no outage of the engine does; it reconnects for ever. What it has
acknowledged by an answer is repeated until the engine has it. On `stop` it drains: it takes nothing new, lets what runs
finish within the grace, and hands back the rest without costing it an attempt.
Keeps a workflow that waits while there is room (`parking`), and goes on from there. What it no longer has is brought
back by replaying the history, so nothing depends on it.
"""

from sched_sdk.worker.activity_context import ActivityContext, ActivityInfo
from sched_sdk.worker.worker import Worker, WorkerOptions

__all__ = ["ActivityContext", "ActivityInfo", "Worker", "WorkerOptions"]
