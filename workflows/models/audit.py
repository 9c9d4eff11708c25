"""The audit: who did what, when, why, and through which door."""

from django.db import models


class AuditEntry(models.Model):
    """One act that was accepted. Rows are inserted by `workflows.access.audit`, and changed by nobody.

    Beside it, an act that changes an execution is told in its history, under the same identity.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    who = models.TextField(help_text="A user, key/ and an API key's name, or empty where access is open.")
    door = models.TextField(help_text="admin, rest, ws, grpc or shell.")
    action = models.TextField(help_text="signal, cancel, terminate, retry, start, create-key and so on.")
    namespace = models.TextField()
    workflow_id = models.TextField(blank=True)
    run_id = models.UUIDField(null=True)
    reason = models.TextField(blank=True)
    details = models.JSONField(help_text="What else tells the act; never a payload, never a secret.")

    class Meta:
        db_table = "sched_audit"
        verbose_name = "audit entry"
        verbose_name_plural = "audit entries"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at", "-id"], name="sched_audit_newest"),
            models.Index(fields=["namespace", "action", "-at", "-id"], name="sched_audit_action"),
            models.Index(fields=["namespace", "door", "-at", "-id"], name="sched_audit_door"),
            models.Index(fields=["namespace", "door", "action", "-at", "-id"], name="sched_audit_both"),
            # Whole ids and their beginnings, whatever the collation.
            models.Index(
                fields=["namespace", "workflow_id", "at", "id"],
                name="sched_audit_prefix",
                opclasses=["text_ops", "text_pattern_ops", "timestamptz_ops", "int8_ops"],
            ),
            models.Index(fields=["who", "-at"], name="sched_audit_who"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.who} {self.action} {self.workflow_id}"
