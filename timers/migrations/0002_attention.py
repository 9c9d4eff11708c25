"""An index for what operators look at first: retries of activities that have failed three times and more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sched_timers", "0001_timers")]

    operations = [
        migrations.AddIndex(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("kind", 2), ("stamp__gte", 3)),
                fields=["due_at"],
                name="sched_timers_failing",
            ),
        ),
    ]
