"""The workers that are connected. On PostgreSQL updates are made in place: every row is told anew all the time."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

STORAGE = {
    "fillfactor": "50",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_threshold": "500",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_delay": "0",
}


def set_storage(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:  # noqa: ARG001 - Django's form
    if schema_editor.connection.vendor == "postgresql":
        parameters = ", ".join(f"{name} = {value}" for name, value in STORAGE.items())
        schema_editor.execute(f"ALTER TABLE sched_workers SET ({parameters})")


class Migration(migrations.Migration):
    dependencies = [("sched_dispatch", "0001_tasks")]

    operations = [
        migrations.CreateModel(
            name="Worker",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "engine", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("engine", models.TextField()),
                ("number", models.IntegerField(help_text="The engine's own, never given twice.")),
                ("namespace", models.TextField()),
                ("kind", models.SmallIntegerField(help_text="TaskKind: 1 workflow, 2 activity.")),
                ("queue", models.TextField()),
                ("identity", models.TextField()),
                ("session", models.TextField()),
                ("types", models.JSONField(help_text="Names of what it has registered.")),
                ("build", models.TextField()),
                ("slots", models.IntegerField()),
                ("streaming", models.BooleanField(help_text="It has a stream; else it polls.")),
                ("connected_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(help_text="When its engine last told of it.")),
            ],
            options={"db_table": "sched_workers", "default_permissions": ("view",)},
        ),
        migrations.RunPython(set_storage, migrations.RunPython.noop),
    ]
