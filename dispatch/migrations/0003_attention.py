"""Indexes for what operators look at first: tasks with a problem, activities in their third attempt and later."""

from django.db import migrations, models

from workflows.indexes import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sched_dispatch", "0002_workers")]

    operations = [
        AddIndexBeside(
            model_name="task",
            index=models.Index(
                condition=models.Q(("problem__isnull", False)),
                fields=["kind", "created_at"],
                name="sched_tasks_problems",
            ),
        ),
        AddIndexBeside(
            model_name="task",
            index=models.Index(
                condition=models.Q(("attempt__gte", 3), ("kind", 2)),
                fields=["created_at"],
                name="sched_tasks_failing",
            ),
        ),
    ]
