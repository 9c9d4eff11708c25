"""The inbox: what other transactions ask of a run, until the engine's next batch decides it.

Whoever inserts here takes no lock of the execution, so a transaction that stays open delays nobody.
"""

from django.db import models


class Inbox(models.Model):
    """A signal, cancel request or termination that waits; see `codec.inbox` for `kind` and `data`."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.UUIDField()
    namespace = models.TextField()
    shard = models.SmallIntegerField()
    kind = models.SmallIntegerField()
    data = models.BinaryField()
    request_id = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "sched_inbox"
        indexes = [models.Index(fields=["run_id", "id"], name="sched_inbox_run")]

    def __str__(self) -> str:
        return f"{self.run_id}/{self.id}"
