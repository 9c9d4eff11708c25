"""The audit by door and action together goes by an index: where each is common and both at once are not, each alone
reads all it has."""

from django.db import migrations, models

from workflows.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sched_workflows", "0007_audit_indexes_for_reads")]

    operations = [
        AddIndexBeside(
            model_name="auditentry",
            index=models.Index(fields=["namespace", "door", "action", "-at", "-id"], name="sched_audit_both"),
        ),
    ]
