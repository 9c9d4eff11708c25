"""What an engine is told. Values were checked by whoever read them (`schedproject.environment`)."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """Options of one engine. `port` 0 takes a free one; `metrics_port` None serves no metrics."""

    bind: str
    port: int
    metrics_port: int | None
    secret: str
    open_access: bool
    """Whether callers need no API key; else each call does."""
    grace: timedelta
    leader_lock_key: int
    postgres_dsn: str | None = None
    """A direct connection string; None: the embedded SQLite database."""
    redis_url: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    retention: timedelta | None = None
    """How long closed executions are kept; None: for good."""
    share_port: bool = False
    """Other engines listen on the same gRPC port (`runengine --processes`)."""
