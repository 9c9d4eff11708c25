"""Lists by task queue, newest ids of a prefix and series by time of end go by indexes. On PostgreSQL those are made
beside what runs."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from workflows.indexes import AddIndexBeside, RemoveIndexBeside

# Types keep to their queues, so that the planner, which takes filters for independent, would look for what is not there
# among all that has started.
STATISTICS = "sched_executions_kinds"


def make_statistics(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        columns = "namespace, status, workflow_type, task_queue"
        schema_editor.execute(
            f"CREATE STATISTICS IF NOT EXISTS {STATISTICS} (mcv) ON {columns} FROM sched_executions"
        )


def drop_statistics(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP STATISTICS IF EXISTS {STATISTICS}")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sched_workflows", "0004_groups")]

    operations = [
        AddIndexBeside(
            model_name="execution",
            index=models.Index(
                fields=["namespace", "task_queue", "-started_at", "-run_id"], name="sched_executions_queue"
            ),
        ),
        AddIndexBeside(
            model_name="execution",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["namespace", "closed_at", "status", "started_at"],
                name="sched_executions_closed",
            ),
        ),
        AddIndexBeside(
            model_name="execution",
            index=models.Index(
                fields=["namespace", "workflow_id", "started_at", "run_id"],
                name="sched_executions_prefix",
                opclasses=["text_ops", "text_pattern_ops", "timestamptz_ops", "uuid_ops"],
            ),
        ),
        RemoveIndexBeside(model_name="execution", name="sched_executions_id"),
        migrations.RunPython(make_statistics, drop_statistics),
    ]
