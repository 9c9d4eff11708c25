"""The timers. On PostgreSQL the table is vacuumed early: short timers are inserted and deleted all the time."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STORAGE = {
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_threshold": "500",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_delay": "0",
}


def set_storage(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's form
    if schema_editor.connection.vendor == "postgresql":
        parameters = ", ".join(f"{name} = {value}" for name, value in STORAGE.items())
        schema_editor.execute(f"ALTER TABLE sched_timers SET ({parameters})")


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "kind",
                        "number",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("run_id", models.UUIDField()),
                (
                    "kind",
                    models.SmallIntegerField(
                        help_text="TimerKind: 1 user, 2 retry, 3 deadline, 4 execution."
                    ),
                ),
                (
                    "number",
                    models.IntegerField(help_text="The event it belongs to; 0 for the execution's own."),
                ),
                ("namespace", models.TextField()),
                ("shard", models.SmallIntegerField()),
                ("due_at", models.DateTimeField()),
                (
                    "stamp",
                    models.IntegerField(db_default=0, help_text="The attempt that a retry starts, else 0."),
                ),
            ],
            options={
                "db_table": "sched_timers",
                "indexes": [models.Index(fields=["due_at"], name="sched_timers_due")],
            },
        ),
        migrations.RunPython(set_storage, migrations.RunPython.noop),
    ]
