"""The tasks. On PostgreSQL the table is kept small and its updates in place: rows live for milliseconds."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STORAGE = {
    "fillfactor": "70",  # room on the page for the new version of a row: a HOT update
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_threshold": "500",
    "autovacuum_vacuum_insert_scale_factor": "0.05",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_delay": "0",  # a queue that is vacuumed late is read slowly by everybody
}


def set_storage(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's form
    if schema_editor.connection.vendor == "postgresql":
        parameters = ", ".join(f"{name} = {value}" for name, value in STORAGE.items())
        schema_editor.execute(f"ALTER TABLE sched_tasks SET ({parameters})")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "kind",
                        "number",
                        "attempt",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("run_id", models.UUIDField()),
                ("kind", models.SmallIntegerField(help_text="TaskKind: 1 workflow, 2 activity.")),
                (
                    "number",
                    models.IntegerField(help_text="The turn, or the event that scheduled the activity."),
                ),
                ("attempt", models.IntegerField()),
                ("namespace", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("queue", models.TextField()),
                ("workflow_id", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("visible_at", models.DateTimeField(help_text="Not claimable before.")),
                (
                    "delivery",
                    models.IntegerField(db_default=0, help_text="Claims so far; part of the worker's token."),
                ),
                ("lost", models.IntegerField(db_default=0, help_text="Deliveries lost with their worker.")),
                (
                    "owner",
                    models.TextField(help_text="The worker that holds it; null while it waits.", null=True),
                ),
                ("session", models.TextField(help_text="That worker's session.", null=True)),
                ("engine", models.TextField(help_text="The engine that handed it out.", null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("start_to_close_us", models.BigIntegerField(null=True)),
                ("heartbeat_timeout_us", models.BigIntegerField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("heartbeat_details", models.BinaryField(null=True)),
                ("cancel_requested", models.BooleanField(db_default=False)),
                ("problem", models.TextField(help_text="Why it came back; shown to operators.", null=True)),
                ("sticky_engine", models.TextField(help_text="Reserved for sticky routing.", null=True)),
            ],
            options={
                "db_table": "sched_tasks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("owner__isnull", True)),
                        fields=["namespace", "kind", "queue", "created_at"],
                        name="sched_tasks_waiting",
                    ),
                    models.Index(
                        condition=models.Q(("owner__isnull", False)),
                        fields=["lease_until"],
                        name="sched_tasks_leases",
                    ),
                ],
            },
        ),
        migrations.RunPython(set_storage, migrations.RunPython.noop),
    ]
