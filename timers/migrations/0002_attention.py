"""An index for what operators look at first: retries of activities that have failed three times and more."""

from django.db import migrations, models

from workflows.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sched_timers", "0001_timers")]

    operations = [
        AddIndexBeside(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("kind", 2), ("stamp__gte", 3)),
                fields=["due_at"],
                name="sched_timers_failing",
            ),
        ),
    ]
