"""Open activities: one row each, gone with the outcome."""

from django.db import models


class Activity(models.Model):
    """The columns are the fields of `workflows.core.state.Activity`; the rest of what it was asked is in its event.

    `heartbeat_details` stands in for the task's while there is none, between two attempts.
    """

    pk = models.CompositePrimaryKey("run_id", "number")
    run_id = models.UUIDField()
    number = models.IntegerField(help_text="The ActivityTaskScheduled event: the activity's id.")
    namespace = models.TextField()
    shard = models.SmallIntegerField()
    command = models.IntegerField()
    activity_type = models.TextField()
    task_queue = models.TextField()
    scheduled_at = models.DateTimeField()
    retry = models.BinaryField(null=True, help_text="A serialized sched.v1.RetryPolicy.")
    start_to_close_us = models.BigIntegerField(null=True)
    schedule_to_start_us = models.BigIntegerField(null=True)
    schedule_to_close_us = models.BigIntegerField(null=True)
    heartbeat_timeout_us = models.BigIntegerField(null=True)
    detached = models.BooleanField()
    cancel_requested = models.BooleanField()
    attempt = models.IntegerField()
    backing_off = models.BooleanField()
    last_failure = models.BinaryField(null=True, help_text="A serialized sched.v1.Failure.")
    heartbeat_details = models.BinaryField(
        null=True, help_text="Of the attempts that failed, the last: what the next one may begin with."
    )

    class Meta:
        db_table = "sched_activities"

    def __str__(self) -> str:
        return f"{self.run_id}/{self.number}"
