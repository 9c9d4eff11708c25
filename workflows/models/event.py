"""Events: the history. Rows are inserted, and never changed or deleted while their run is kept."""

from django.db import models


class Event(models.Model):
    """One fact. `data` is a serialized sched.v1.HistoryEvent and is handed on as it is."""

    pk = models.CompositePrimaryKey("run_id", "seq")
    run_id = models.UUIDField()
    seq = models.IntegerField(help_text="1, 2, 3 … without a gap.")
    shard = models.SmallIntegerField()
    namespace = models.TextField()
    type = models.SmallIntegerField(help_text="Field number in HistoryEvent's oneof; see codec.events.")
    data = models.BinaryField()

    class Meta:
        db_table = "sched_events"

    def __str__(self) -> str:
        return f"{self.run_id}/{self.seq}"
