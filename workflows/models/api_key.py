"""API keys: the credentials of machines. What is stored of a secret is its digest."""

from django.db import models


class ApiKey(models.Model):
    """One key. It is found by `prefix`, which its text shows; see `workflows.access.keys`."""

    id = models.BigAutoField(primary_key=True)
    name = models.TextField(unique=True, help_text="What it is for; histories and the audit show it.")
    prefix = models.TextField(unique=True, help_text="The beginning of its text, which tells keys apart.")
    digest = models.BinaryField(help_text="SHA-256 of the text.")
    actions = models.JSONField(help_text="Names of what it may do.")
    created_at = models.DateTimeField()
    created_by = models.TextField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="To the minute.")

    class Meta:
        db_table = "sched_api_keys"
        verbose_name = "API key"
        default_permissions = ()
        permissions = [("manage_apikey", "Can make and revoke API keys")]

    def __str__(self) -> str:
        return self.name
