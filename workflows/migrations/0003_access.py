"""API keys, the audit, and a permission for each action."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sched_workflows", "0002_activity_heartbeat_details"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "name",
                    models.TextField(
                        help_text="What it is for; histories and the audit show it.", unique=True
                    ),
                ),
                (
                    "prefix",
                    models.TextField(
                        help_text="The beginning of its text, which tells keys apart.", unique=True
                    ),
                ),
                ("digest", models.BinaryField(help_text="SHA-256 of the text.")),
                ("actions", models.JSONField(help_text="Names of what it may do.")),
                ("created_at", models.DateTimeField()),
                ("created_by", models.TextField()),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(help_text="To the minute.", null=True)),
            ],
            options={
                "verbose_name": "API key",
                "db_table": "sched_api_keys",
                "permissions": [("manage_apikey", "Can make and revoke API keys")],
                "default_permissions": (),
            },
        ),
        migrations.AlterModelOptions(
            name="execution",
            options={
                "default_permissions": ("view",),
                "permissions": [
                    ("view_payload", "Can see inputs, results and other payloads"),
                    ("start_execution", "Can start executions"),
                    ("signal_execution", "Can signal executions"),
                    ("cancel_execution", "Can ask executions to stop"),
                    ("terminate_execution", "Can end executions without asking them"),
                    ("retry_execution", "Can run a closed execution again"),
                    ("serve_task", "Can take tasks and complete them, as workers do"),
                ],
                "verbose_name": "execution",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "who",
                    models.TextField(
                        help_text="A user, key/ and an API key's name, or empty where access is open."
                    ),
                ),
                ("door", models.TextField(help_text="admin, rest, ws, grpc or shell.")),
                (
                    "action",
                    models.TextField(
                        help_text="signal, cancel, terminate, retry, start, create-key and so on."
                    ),
                ),
                ("namespace", models.TextField()),
                ("workflow_id", models.TextField(blank=True)),
                ("run_id", models.UUIDField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "details",
                    models.JSONField(help_text="What else tells the act; never a payload, never a secret."),
                ),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "db_table": "sched_audit",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="sched_audit_newest"),
                    models.Index(fields=["namespace", "workflow_id", "-at"], name="sched_audit_workflow"),
                    models.Index(fields=["who", "-at"], name="sched_audit_who"),
                ],
            },
        ),
    ]
