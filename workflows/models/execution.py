"""Executions: one header a run, the run that a workflow id means now, and the request ids that were accepted."""

from django.db import models

from workflows.core.values import Status


class Execution(models.Model):
    """A run without its children: what `workflows.core.state.State` keeps in scalars.

    Rows are written by the two writers of `workflows.store` alone; everybody else reads.
    """

    run_id = models.UUIDField(primary_key=True)
    namespace = models.TextField()
    shard = models.SmallIntegerField()
    workflow_id = models.TextField()
    workflow_type = models.TextField()
    task_queue = models.TextField()
    status = models.TextField(choices=[(status.value, status.value) for status in Status])
    started_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    execution_timeout_us = models.BigIntegerField(null=True)
    last_event = models.IntegerField(help_text="Number of the last event: the history's length.")
    last_event_at = models.DateTimeField()
    turns = models.IntegerField(help_text="Turns completed.")
    turn_due = models.BooleanField(help_text="A workflow task is outstanding.")
    seen_through = models.IntegerField(help_text="The last event that the last turn was given.")
    wait = models.BinaryField(help_text="What the last turn waits for: a serialized sched.v1.Wait.")
    wait_left = models.IntegerField()
    commands = models.IntegerField(help_text="Running index of the next schedule or timer start.")
    cancel_requested = models.BooleanField()
    signals_open = models.IntegerField(help_text="Signals that no turn has taken.")
    memo = models.BinaryField(null=True, help_text="A serialized sched.v1.Payload.")
    search_attributes = models.BinaryField(null=True, help_text="A serialized sched.v1.Payload.")
    state_version = models.SmallIntegerField(db_default=1, help_text="Of the rules that wrote this row.")
    problem = models.TextField(null=True, help_text="Reserved for operators.")  # noqa: DJ001

    class Meta:
        db_table = "sched_executions"
        verbose_name = "execution"
        default_permissions = ("view",)  # nobody writes rows by hand
        permissions = [
            ("view_payload", "Can see inputs, results and other payloads"),
            ("start_execution", "Can start executions"),
            ("signal_execution", "Can signal executions"),
            ("cancel_execution", "Can ask executions to stop"),
            ("terminate_execution", "Can end executions without asking them"),
            ("retry_execution", "Can run a closed execution again"),
            ("serve_task", "Can take tasks and complete them, as workers do"),
        ]
        # Lists show the newest first; within one instant the run id, which is made in order of time.
        indexes = [
            models.Index(fields=["namespace", "-started_at", "-run_id"], name="sched_executions_newest"),
            models.Index(
                fields=["namespace", "status", "-started_at", "-run_id"], name="sched_executions_status"
            ),
            models.Index(
                fields=["namespace", "workflow_type", "-started_at", "-run_id"], name="sched_executions_type"
            ),
            models.Index(
                fields=["namespace", "task_queue", "-started_at", "-run_id"], name="sched_executions_queue"
            ),
            # What has ended in a span of time, and how long it took, without a look at the rows.
            models.Index(
                fields=["namespace", "closed_at", "status", "started_at"],
                name="sched_executions_closed",
                condition=models.Q(closed_at__isnull=False),
            ),
            # For prefixes, whatever the database's collation; and which of them are the newest.
            models.Index(
                fields=["namespace", "workflow_id", "started_at", "run_id"],
                name="sched_executions_prefix",
                opclasses=["text_ops", "text_pattern_ops", "timestamptz_ops", "uuid_ops"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workflow_id} ({self.run_id})"


class CurrentRun(models.Model):
    """The run that a workflow id means: the open one, or the last. Its key holds the uniqueness of open ids."""

    pk = models.CompositePrimaryKey("namespace", "workflow_id")
    namespace = models.TextField()
    workflow_id = models.TextField()
    shard = models.SmallIntegerField()
    run_id = models.UUIDField()

    class Meta:
        db_table = "sched_current_runs"

    def __str__(self) -> str:
        return f"{self.workflow_id} → {self.run_id}"


class Request(models.Model):
    """A request id that was accepted, and the run it was for: its repeat changes nothing."""

    pk = models.CompositePrimaryKey("namespace", "workflow_id", "request_id")
    namespace = models.TextField()
    workflow_id = models.TextField()
    request_id = models.TextField()
    shard = models.SmallIntegerField()
    run_id = models.UUIDField()

    class Meta:
        db_table = "sched_requests"

    def __str__(self) -> str:
        return f"{self.workflow_id}/{self.request_id}"
