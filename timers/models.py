"""Timers: what must happen to an execution at a time.

A row is written by the transition that starts the timer and deleted by the one that ends it. A timer that has been
replaced meanwhile is told by its stamp, so nobody has to find and cancel what is armed in some engine's memory.
"""

from django.db import models


class Timer(models.Model):
    """The key is that of `workflows.core.keys.TimerKey`."""

    pk = models.CompositePrimaryKey("run_id", "kind", "number")
    run_id = models.UUIDField()
    kind = models.SmallIntegerField(help_text="TimerKind: 1 user, 2 retry, 3 deadline, 4 execution.")
    number = models.IntegerField(help_text="The event it belongs to; 0 for the execution's own.")
    namespace = models.TextField()
    shard = models.SmallIntegerField()
    due_at = models.DateTimeField()
    stamp = models.IntegerField(db_default=0, help_text="The attempt that a retry starts, else 0.")

    class Meta:
        db_table = "sched_timers"
        indexes = [
            models.Index(name="sched_timers_due", fields=["due_at"]),
            # For operators: retries of activities that have failed three times and more.
            models.Index(
                name="sched_timers_failing", fields=["due_at"], condition=models.Q(kind=2, stamp__gte=3)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.kind}/{self.number}"
