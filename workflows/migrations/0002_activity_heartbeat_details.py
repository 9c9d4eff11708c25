"""What an attempt reported last survives its task, for the next attempt."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sched_workflows", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="activity",
            name="heartbeat_details",
            field=models.BinaryField(
                help_text="Of the attempts that failed, the last: what the next one may begin with.",
                null=True,
            ),
        ),
    ]
