"""Executions and their history. On PostgreSQL what is updated in place has room on its page for that."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# Room for the new version of a row makes an update of columns without an index a HOT one.
UPDATED = {
    "fillfactor": "70",
    "autovacuum_vacuum_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
}
# Rows that live for moments: vacuumed early, or everybody reads past the dead ones.
PASSING = {
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_threshold": "500",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_delay": "0",
}
STORAGE = {
    "sched_executions": UPDATED,
    "sched_current_runs": UPDATED,
    "sched_activities": {**PASSING, "fillfactor": "70"},
    "sched_inbox": PASSING,
}


def set_storage(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, parameters in STORAGE.items():
        listed = ", ".join(f"{name} = {value}" for name, value in parameters.items())
        schema_editor.execute(f"ALTER TABLE {table} SET ({listed})")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("run_id", models.UUIDField()),
                (
                    "number",
                    models.IntegerField(help_text="The ActivityTaskScheduled event: the activity's id."),
                ),
                ("namespace", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("command", models.IntegerField()),
                ("activity_type", models.TextField()),
                ("task_queue", models.TextField()),
                ("scheduled_at", models.DateTimeField()),
                ("retry", models.BinaryField(help_text="A serialized sched.v1.RetryPolicy.", null=True)),
                ("start_to_close_us", models.BigIntegerField(null=True)),
                ("schedule_to_start_us", models.BigIntegerField(null=True)),
                ("schedule_to_close_us", models.BigIntegerField(null=True)),
                ("heartbeat_timeout_us", models.BigIntegerField(null=True)),
                ("detached", models.BooleanField()),
                ("cancel_requested", models.BooleanField()),
                ("attempt", models.IntegerField()),
                ("backing_off", models.BooleanField()),
                ("last_failure", models.BinaryField(help_text="A serialized sched.v1.Failure.", null=True)),
            ],
            options={
                "db_table": "sched_activities",
            },
        ),
        migrations.CreateModel(
            name="CurrentRun",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "namespace",
                        "workflow_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("namespace", models.TextField()),
                ("workflow_id", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("run_id", models.UUIDField()),
            ],
            options={
                "db_table": "sched_current_runs",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("run_id", models.UUIDField()),
                ("seq", models.IntegerField(help_text="1, 2, 3 … without a gap.")),
                ("shard", models.SmallIntegerField()),
                ("namespace", models.TextField()),
                (
                    "type",
                    models.SmallIntegerField(
                        help_text="Field number in HistoryEvent's oneof; see codec.events."
                    ),
                ),
                ("data", models.BinaryField()),
            ],
            options={
                "db_table": "sched_events",
            },
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "namespace",
                        "workflow_id",
                        "request_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("namespace", models.TextField()),
                ("workflow_id", models.TextField()),
                ("request_id", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("run_id", models.UUIDField()),
            ],
            options={
                "db_table": "sched_requests",
            },
        ),
        migrations.CreateModel(
            name="Execution",
            fields=[
                ("run_id", models.UUIDField(primary_key=True, serialize=False)),
                ("namespace", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("workflow_id", models.TextField()),
                ("workflow_type", models.TextField()),
                ("task_queue", models.TextField()),
                (
                    "status",
                    models.TextField(
                        choices=[
                            ("RUNNING", "RUNNING"),
                            ("COMPLETED", "COMPLETED"),
                            ("FAILED", "FAILED"),
                            ("CANCELED", "CANCELED"),
                            ("TERMINATED", "TERMINATED"),
                            ("TIMED_OUT", "TIMED_OUT"),
                        ]
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("execution_timeout_us", models.BigIntegerField(null=True)),
                (
                    "last_event",
                    models.IntegerField(help_text="Number of the last event: the history's length."),
                ),
                ("last_event_at", models.DateTimeField()),
                ("turns", models.IntegerField(help_text="Turns completed.")),
                ("turn_due", models.BooleanField(help_text="A workflow task is outstanding.")),
                (
                    "seen_through",
                    models.IntegerField(help_text="The last event that the last turn was given."),
                ),
                (
                    "wait",
                    models.BinaryField(help_text="What the last turn waits for: a serialized sched.v1.Wait."),
                ),
                ("wait_left", models.IntegerField()),
                (
                    "commands",
                    models.IntegerField(help_text="Running index of the next schedule or timer start."),
                ),
                ("cancel_requested", models.BooleanField()),
                ("signals_open", models.IntegerField(help_text="Signals that no turn has taken.")),
                ("memo", models.BinaryField(help_text="A serialized sched.v1.Payload.", null=True)),
                (
                    "search_attributes",
                    models.BinaryField(help_text="A serialized sched.v1.Payload.", null=True),
                ),
                (
                    "state_version",
                    models.SmallIntegerField(db_default=1, help_text="Of the rules that wrote this row."),
                ),
                ("problem", models.TextField(help_text="Reserved for operators.", null=True)),
            ],
            options={
                "verbose_name": "execution",
                "default_permissions": ("view",),
                "permissions": [
                    ("operate_execution", "Can start, signal, cancel and terminate executions"),
                    ("view_payload", "Can see inputs, results and other payloads"),
                ],
                "db_table": "sched_executions",
                "indexes": [
                    models.Index(
                        fields=["namespace", "-started_at", "-run_id"], name="sched_executions_newest"
                    ),
                    models.Index(
                        fields=["namespace", "status", "-started_at", "-run_id"],
                        name="sched_executions_status",
                    ),
                    models.Index(
                        fields=["namespace", "workflow_type", "-started_at", "-run_id"],
                        name="sched_executions_type",
                    ),
                    models.Index(
                        fields=["namespace", "workflow_id"],
                        name="sched_executions_id",
                        opclasses=["text_ops", "text_pattern_ops"],
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("run_id", models.UUIDField()),
                ("namespace", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("kind", models.SmallIntegerField()),
                ("data", models.BinaryField()),
                ("request_id", models.TextField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "sched_inbox",
                "indexes": [models.Index(fields=["run_id", "id"], name="sched_inbox_run")],
            },
        ),
        migrations.RunPython(set_storage, migrations.RunPython.noop),
    ]
