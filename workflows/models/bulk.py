"""Bulk operations: one thing that is done to all executions a filter lets through, in the background."""

from django.db import models

STATES = ("WAITING", "RUNNING", "DONE", "STOPPED", "FAILED")


class BulkOperation(models.Model):
    """One operation: what was asked, and how far it has come. See `workflows.service.bulk`.

    Counters and position are written in the transaction that does what they count.
    """

    id = models.BigAutoField(primary_key=True)
    namespace = models.TextField()
    kind = models.TextField(help_text="signal, cancel, terminate or retry.")
    filters = models.JSONField(help_text="As they were asked for, under the list's names.")
    started_before = models.DateTimeField(help_text="What started then or later is not touched.")
    reason = models.TextField(blank=True)
    signal_name = models.TextField(blank=True)
    payload = models.BinaryField(null=True, help_text="Of the signal: JSON text.")
    request_id = models.TextField(blank=True, help_text="A repeat of the request finds this operation.")
    requested_by = models.TextField(blank=True, help_text="Empty where access is open.")
    door = models.TextField()
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="Null while it waits or runs.")
    state = models.TextField(choices=[(state, state) for state in STATES])
    found = models.BigIntegerField(help_text="Executions that matched when it was asked for.")
    matched = models.BigIntegerField(default=0, help_text="Executions that it has come to.")
    changed = models.BigIntegerField(default=0)
    skipped = models.BigIntegerField(default=0, help_text="For which there was nothing to do.")
    failed = models.BigIntegerField(default=0)
    position_at = models.DateTimeField(
        null=True, help_text="Start of the last execution that it has come to."
    )
    position_run = models.UUIDField(null=True)
    problem = models.TextField(blank=True, help_text="The last one.")

    class Meta:
        db_table = "sched_bulk_operations"
        verbose_name = "bulk operation"
        default_permissions = ()  # an action's own permission allows it for many, too
        indexes = [
            models.Index(fields=["id"], condition=models.Q(finished_at=None), name="sched_bulk_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "request_id"],
                condition=~models.Q(request_id=""),
                name="sched_bulk_request",
            )
        ]

    def __str__(self) -> str:
        return f"bulk/{self.pk} {self.kind}"
