"""What the environment tells a worker or a client, checked once at the start.

A bad value is refused with a sentence that names the variable, the value and what is allowed. A secret is never
echoed. Arguments given in code win over the environment; that is decided where they meet, not here.
"""

import datetime as dt
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

DEFAULT_ADDRESS = "localhost:50051"
DEFAULT_TASK_QUEUE = "default"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
# More tasks in hand than this is a mistake in the unit, not a wish: each may hold a thread.
SLOTS_MAX = 10_000
GRACE_MAX_SECONDS = 3_600
SHOWN_CHARACTERS = 60

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:@+-]{1,200}")
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?P<port>[0-9]{1,5})")
_API_KEY = re.compile(r"[\x21-\x7e]{1,4096}")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingError(ValueError):
    """A setting has a value that is not allowed."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        self.name = name
        self.allowed = allowed
        super().__init__(f"{name}={_shorten(value)} is not allowed: {allowed}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """PEM texts. Without `ca` the system's authorities are trusted; `cert` and `key` come together."""

    ca: bytes | None = None
    cert: bytes | None = None
    key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The environment, parsed. `Settings()` holds the defaults."""

    address: str = DEFAULT_ADDRESS
    task_queue: str = DEFAULT_TASK_QUEUE
    """worker, cli: the queue to serve, or to start on."""
    streaming: bool = False
    """worker: tasks come on one stream for each kind, instead of by long polls."""
    shutdown_grace: dt.timedelta = dt.timedelta(seconds=8)
    workflow_slots: int = 100
    """worker: workflow tasks in hand at once."""
    activity_slots: int = 100
    """worker: activity tasks in hand at once."""
    log_level: str = "info"
    log_format: str = "text"
    api_key: str | None = None
    """worker, cli: the API key to show. Unset: none, which open access alone accepts."""
    tls: Tls | None = None
    metrics: tuple[str, int] | None = None
    """worker: where to serve its metrics. Unset: nowhere."""
    otlp_endpoint: str | None = None
    otel_service_name: str | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read the variables of this process, or of a mapping.

        Raises:
            SettingError: A variable has a value that is not allowed.
        """
        env = os.environ if environment is None else environment
        default = cls()
        return cls(
            address=_read(env, "ENGINE_ADDRESS", parse_address, default.address),
            task_queue=_read(env, "TASK_QUEUE", parse_identifier, default.task_queue),
            streaming=_read(env, "SCHED_WORKER_STREAMING", parse_bool, default.streaming),
            shutdown_grace=_read(env, "SCHED_SHUTDOWN_GRACE_SECONDS", parse_grace, default.shutdown_grace),
            workflow_slots=_read(env, "SCHED_WORKFLOW_SLOTS", parse_slots, default.workflow_slots),
            activity_slots=_read(env, "SCHED_ACTIVITY_SLOTS", parse_slots, default.activity_slots),
            log_level=_read(env, "SCHED_LOG_LEVEL", _one_of(LOG_LEVELS), default.log_level),
            log_format=_read(env, "SCHED_LOG_FORMAT", _one_of(LOG_FORMATS), default.log_format),
            api_key=_read(env, "SCHED_API_KEY", parse_api_key, None),
            tls=_read_tls(env),
            metrics=_read(env, "SCHED_WORKER_METRICS", parse_listen, default.metrics),
            otlp_endpoint=_read(env, "SCHED_OTLP_ENDPOINT", parse_http_url, None),
            otel_service_name=env.get("SCHED_OTEL_SERVICE_NAME") or None,
        )


def read_flag(name: str, environment: Mapping[str, str] | None = None) -> bool:
    """A variable that is true or false, false when unset."""
    return _read(os.environ if environment is None else environment, name, parse_bool, False)


def parse_address(name: str, value: str) -> str:
    """A gRPC target: `host:port`, or `unix:` and a path."""
    if value.startswith("unix:") and len(value) > len("unix:"):
        return value
    match = _ADDRESS.fullmatch(value)
    if match is None or not 1 <= int(match["port"]) <= 65_535:
        raise SettingError(name, value, "host:port with a port from 1 to 65535, or unix:path")
    return value


def parse_http_url(name: str, value: str) -> str:
    """Of a collector."""
    if not re.fullmatch(r"https?://[^/\s]+\S*", value):
        raise SettingError(name, value, "an address that starts with http:// or https://")
    return value


def parse_listen(name: str, value: str) -> tuple[str, int]:
    """Where to listen: a port of loopback, or `host:port`."""
    match = _ADDRESS.fullmatch(value if ":" in value else f"127.0.0.1:{value}")
    if match is None or not 1 <= int(match["port"]) <= 65_535:
        raise SettingError(name, value, "a port from 1 to 65535 (of loopback), or host:port")
    return match["host"].strip("[]"), int(match["port"])


def parse_identifier(name: str, value: str) -> str:
    """A name as the engine takes it: of a queue, of a namespace."""
    if _IDENTIFIER.fullmatch(value) is None:
        raise SettingError(name, value, "1 to 200 of A-Z a-z 0-9 . _ : @ + -")
    return value


def parse_bool(name: str, value: str) -> bool:
    """Truth, in the usual spellings."""
    text = value.strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise SettingError(name, value, "true or false (also 1/0, yes/no, on/off)")


def parse_slots(name: str, value: str) -> int:
    """How many tasks a worker has in hand at once."""
    allowed = f"a whole number from 1 to {SLOTS_MAX}"
    if not re.fullmatch(r"[0-9]{1,6}", value) or not 1 <= int(value) <= SLOTS_MAX:
        raise SettingError(name, value, allowed)
    return int(value)


def parse_grace(name: str, value: str) -> dt.timedelta:
    """Seconds, with a fraction if need be."""
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) or float(value) > GRACE_MAX_SECONDS:
        raise SettingError(name, value, f"seconds from 0 to {GRACE_MAX_SECONDS}")
    return dt.timedelta(seconds=float(value))


def parse_api_key(name: str, value: str) -> str:
    """What travels in a header: one line of visible ASCII. A bad one is not shown."""
    if _API_KEY.fullmatch(value) is None:
        raise SettingError(name, "(not shown)", "1 to 4096 visible ASCII characters without spaces")
    return value


def _read(env: Mapping[str, str], name: str, parse: Callable[[str, str], T], default: T) -> T:
    value = env.get(name, "")
    # An empty variable is an unset one: that is how compose files and unit files spell it.
    return parse(name, value) if value else default


def _one_of(names: tuple[str, ...]) -> Callable[[str, str], str]:
    def parse(name: str, value: str) -> str:
        if value.lower() not in names:
            raise SettingError(name, value, "one of " + ", ".join(names))
        return value.lower()

    return parse


def _read_tls(env: Mapping[str, str]) -> Tls | None:
    ca, cert, key = (_read(env, f"SCHED_TLS_{part}", _read_pem, None) for part in ("CA", "CERT", "KEY"))
    if (cert is None) != (key is None):
        missing, given = (
            ("SCHED_TLS_KEY", "SCHED_TLS_CERT") if key is None else ("SCHED_TLS_CERT", "SCHED_TLS_KEY")
        )
        raise SettingError(missing, "", f"a path, because {given} is set")
    return Tls(ca=ca, cert=cert, key=key) if ca or cert else None


def _read_pem(name: str, value: str) -> bytes | None:
    try:
        text = Path(value).read_bytes()
    except OSError as error:
        raise SettingError(name, value, f"the path of a readable PEM file ({error.strerror})") from error
    if b"-----BEGIN " not in text:
        raise SettingError(name, value, "the path of a PEM file (it holds no -----BEGIN)")
    return text


def _shorten(value: str) -> str:
    return repr(value if len(value) <= SHOWN_CHARACTERS else value[:SHOWN_CHARACTERS] + "…")
