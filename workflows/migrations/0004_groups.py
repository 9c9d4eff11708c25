"""The groups that people are put into: sched viewer, sched operator, sched admin. What they may do can be changed since.

The roles are written out here as they were when this migration was made: a later one says what it changes.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

APP = "sched_workflows"
VIEWER = {("execution", "view_execution")}
OPERATOR = VIEWER | {
    ("execution", "view_payload"),
    ("execution", "start_execution"),
    ("execution", "signal_execution"),
    ("execution", "cancel_execution"),
    ("execution", "terminate_execution"),
    ("execution", "retry_execution"),
    ("auditentry", "view_auditentry"),
}
ADMIN = OPERATOR | {("apikey", "manage_apikey")}
GROUPS = {"sched viewer": VIEWER, "sched operator": OPERATOR, "sched admin": ADMIN}
NAMES = {
    "view_execution": "Can view execution",
    "view_payload": "Can see inputs, results and other payloads",
    "start_execution": "Can start executions",
    "signal_execution": "Can signal executions",
    "cancel_execution": "Can ask executions to stop",
    "terminate_execution": "Can end executions without asking them",
    "retry_execution": "Can run a closed execution again",
    "view_auditentry": "Can view audit entry",
    "manage_apikey": "Can make and revoke API keys",
}


def make_groups(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Django makes permissions after all migrations; what a group needs of them is made here, under the same names."""
    alias = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    permissions = apps.get_model("auth", "Permission").objects.using(alias)
    groups = apps.get_model("auth", "Group").objects.using(alias)
    for name, allowed in GROUPS.items():
        group, _ = groups.get_or_create(name=name)
        for model, codename in sorted(allowed):
            content_type, _ = content_types.get_or_create(app_label=APP, model=model)
            permission, _ = permissions.get_or_create(
                content_type=content_type, codename=codename, defaults={"name": NAMES[codename]}
            )
            group.permissions.add(permission)


def drop_groups(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("sched_workflows", "0003_access"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_groups, drop_groups)]
