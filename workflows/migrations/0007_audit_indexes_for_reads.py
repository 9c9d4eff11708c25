"""The audit by action, by door and by the beginning of a workflow id goes by indexes, made beside what runs."""

from django.db import migrations, models

from workflows.indexes import AddIndexBeside, RemoveIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sched_workflows", "0006_bulk_operations")]

    operations = [
        AddIndexBeside(
            model_name="auditentry",
            index=models.Index(fields=["namespace", "action", "-at", "-id"], name="sched_audit_action"),
        ),
        AddIndexBeside(
            model_name="auditentry",
            index=models.Index(fields=["namespace", "door", "-at", "-id"], name="sched_audit_door"),
        ),
        AddIndexBeside(
            model_name="auditentry",
            index=models.Index(
                fields=["namespace", "workflow_id", "at", "id"],
                name="sched_audit_prefix",
                opclasses=["text_ops", "text_pattern_ops", "timestamptz_ops", "int8_ops"],
            ),
        ),
        RemoveIndexBeside(model_name="auditentry", name="sched_audit_workflow"),
    ]
