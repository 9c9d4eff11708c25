"""The worker: takes tasks of one queue, runs workflows and activities, and answers.

Guarantees: nothing that user code does ends it, and no outage of the engine does; it reconnects for ever. What it has
acknowledged by an answer is repeated until the engine has it. On `stop` it drains: it takes nothing new, lets what runs
finish within the grace, and hands back the rest without costing it an attempt.
Does not: keep workflows between their tasks; every turn replays the history.
"""

from sched_sdk.worker.activity_context import ActivityContext, ActivityInfo
from sched_sdk.worker.worker import Worker, WorkerOptions

__all__ = ["ActivityContext", "ActivityInfo", "Worker", "WorkerOptions"]
