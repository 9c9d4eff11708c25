"""Tasks: work that waits for a worker, or that one holds. Workers: who is connected where.

A row is written by the transition that makes the work outstanding and deleted by the one that ends it. The columns from
`visible_at` on are operations: who holds it, since when, until when. They are no part of a history's fold, and the
kernel never reads them; `dispatch.claims` alone writes them.

States of a row:

```
   (transition)                 claim: delivery + 1
 ─────────────► waiting ───────────────────────────► held ──► (transition deletes it)
                   ▲   release: handed back            │
                   ├───────────────────────────────────┤
                   └── (transition: the lease lapsed) ─┘
```
"""

from django.db import models


class Task(models.Model):
    """One delivery of work at a time. The key is that of `workflows.core.keys.TaskKey`."""

    pk = models.CompositePrimaryKey("run_id", "kind", "number", "attempt")
    run_id = models.UUIDField()
    kind = models.SmallIntegerField(help_text="TaskKind: 1 workflow, 2 activity.")
    number = models.IntegerField(help_text="The turn, or the event that scheduled the activity.")
    attempt = models.IntegerField()
    namespace = models.TextField()
    shard = models.SmallIntegerField()
    queue = models.TextField()
    workflow_id = models.TextField()
    created_at = models.DateTimeField()
    visible_at = models.DateTimeField(help_text="Not claimable before.")
    delivery = models.IntegerField(db_default=0, help_text="Claims so far; part of the worker's token.")
    lost = models.IntegerField(db_default=0, help_text="Deliveries lost with their worker.")
    owner = models.TextField(null=True, help_text="The worker that holds it; null while it waits.")  # noqa: DJ001
    session = models.TextField(null=True, help_text="That worker's session.")  # noqa: DJ001
    engine = models.TextField(null=True, help_text="The engine that handed it out.")  # noqa: DJ001
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    start_to_close_us = models.BigIntegerField(null=True)
    heartbeat_timeout_us = models.BigIntegerField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    heartbeat_details = models.BinaryField(null=True)
    cancel_requested = models.BooleanField(db_default=False)
    problem = models.TextField(null=True, help_text="Why it came back; shown to operators.")  # noqa: DJ001
    sticky_engine = models.TextField(null=True, help_text="Reserved for sticky routing.")  # noqa: DJ001

    class Meta:
        db_table = "sched_tasks"
        indexes = [
            models.Index(
                name="sched_tasks_waiting",
                fields=["namespace", "kind", "queue", "created_at"],
                condition=models.Q(owner__isnull=True),
            ),
            models.Index(
                name="sched_tasks_leases", fields=["lease_until"], condition=models.Q(owner__isnull=False)
            ),
            # For operators: few rows are in these, and no claim or heartbeat touches a column of theirs.
            models.Index(
                name="sched_tasks_problems",
                fields=["kind", "created_at"],
                condition=models.Q(problem__isnull=False),
            ),
            models.Index(
                name="sched_tasks_failing",
                fields=["created_at"],
                condition=models.Q(kind=2, attempt__gte=3),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.kind}/{self.number}/{self.attempt}"


class Worker(models.Model):
    """A worker on one queue, as the engine that it is connected to tells of it by `dispatch.workers`."""

    pk = models.CompositePrimaryKey("engine", "number")
    engine = models.TextField()
    number = models.IntegerField(help_text="The engine's own, never given twice.")
    namespace = models.TextField()
    kind = models.SmallIntegerField(help_text="TaskKind: 1 workflow, 2 activity.")
    queue = models.TextField()
    identity = models.TextField()
    session = models.TextField()
    types = models.JSONField(help_text="Names of what it has registered.")
    build = models.TextField()
    slots = models.IntegerField()
    streaming = models.BooleanField(help_text="It has a stream; else it polls.")
    connected_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When its engine last told of it.")

    class Meta:
        db_table = "sched_workers"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.identity}/{self.queue}"
