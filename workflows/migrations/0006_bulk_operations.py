"""Bulk operations: what is done to all executions that a filter lets through, and how far it has come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sched_workflows", "0005_execution_indexes_for_reads"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkOperation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("namespace", models.TextField()),
                ("kind", models.TextField(help_text="signal, cancel, terminate or retry.")),
                ("filters", models.JSONField(help_text="As they were asked for, under the list's names.")),
                (
                    "started_before",
                    models.DateTimeField(help_text="What started then or later is not touched."),
                ),
                ("reason", models.TextField(blank=True)),
                ("signal_name", models.TextField(blank=True)),
                ("payload", models.BinaryField(help_text="Of the signal: JSON text.", null=True)),
                (
                    "request_id",
                    models.TextField(blank=True, help_text="A repeat of the request finds this operation."),
                ),
                ("requested_by", models.TextField(blank=True, help_text="Empty where access is open.")),
                ("door", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(help_text="Null while it waits or runs.", null=True)),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("WAITING", "WAITING"),
                            ("RUNNING", "RUNNING"),
                            ("DONE", "DONE"),
                            ("STOPPED", "STOPPED"),
                            ("FAILED", "FAILED"),
                        ]
                    ),
                ),
                ("found", models.BigIntegerField(help_text="Executions that matched when it was asked for.")),
                ("matched", models.BigIntegerField(default=0, help_text="Executions that it has come to.")),
                ("changed", models.BigIntegerField(default=0)),
                (
                    "skipped",
                    models.BigIntegerField(default=0, help_text="For which there was nothing to do."),
                ),
                ("failed", models.BigIntegerField(default=0)),
                (
                    "position_at",
                    models.DateTimeField(
                        help_text="Start of the last execution that it has come to.", null=True
                    ),
                ),
                ("position_run", models.UUIDField(null=True)),
                ("problem", models.TextField(blank=True, help_text="The last one.")),
            ],
            options={
                "verbose_name": "bulk operation",
                "db_table": "sched_bulk_operations",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("finished_at", None)), fields=["id"], name="sched_bulk_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("request_id", ""), _negated=True),
                        fields=("namespace", "request_id"),
                        name="sched_bulk_request",
                    )
                ],
            },
        ),
    ]
