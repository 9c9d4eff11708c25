"""Structured logs, as text or JSON, for our own loggers and for those of libraries. The SDK's lines look the same.

Guarantees: one line per event; keys that carry payloads or credentials are shown as `[hidden]`, whatever their value
and however deep they are; so are API keys, and passwords in addresses, wherever they stand; a traceback shows no local
variable. A line of ours names its part of the platform (`component`), and of what it is about those `FIELDS` that are
known.
Does not: look for payloads in free text. Messages of ours are constants; what varies is a key.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from timers.clock import SystemClock

FIELDS = (
    "component", "workflow_id", "run_id", "workflow_type", "activity_id", "activity_type", "attempt", "trace_id",
    "span_id",
)  # fmt: skip
"""What a logger of the standard library may say besides its message (`extra`), in the order of text lines. All else
that libraries put there, as Django its requests, is left out."""
OURS = frozenset({"dispatch", "schedproject", "timers", "workflows"})

HIDDEN = "[hidden]"
HIDDEN_KEYS = frozenset(
    {
        "api_key", "authorization", "cookie", "data", "details", "dsn", "failure", "heartbeat_details", "input", "memo",
        "password", "payload", "redis_url", "result", "search_attributes", "secret", "secret_key", "token",
    }
)  # fmt: skip


_SECRETS = re.compile(r"sched_[a-z2-7]{8}_[A-Za-z0-9_-]{43}|(?<=://)[^/@\s]*:[^/@\s]+(?=@)|(?<=password=)\S+")
"""API keys, and the passwords of connection strings."""


def hide_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces the values of keys that may hold user data or credentials."""
    for key, value in event.items():
        if key in HIDDEN_KEYS:
            event[key] = HIDDEN
        elif isinstance(value, Mapping):
            event[key] = hide_private(_logger, _method, {**value})
    return event


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """In texts, the message and a traceback among them: libraries say of what they could not connect to."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRETS.sub(HIDDEN, value)
    return event


def add_component(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Whose logger this is: of `workflows.engine.hints` it is `engine`, of `timers.loop` `timers`."""
    package, _, rest = str(event.get("logger", "")).partition(".")
    if package in OURS:
        event.setdefault("component", rest.partition(".")[0] if package == "workflows" else package)
    return event


def add_trace(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The span in which this is said, if anybody traces."""
    trace = sys.modules.get("opentelemetry.trace")
    context = trace.get_current_span().get_span_context() if trace else None
    if context and context.is_valid:
        event.setdefault("trace_id", f"{context.trace_id:032x}")
        event.setdefault("span_id", f"{context.span_id:016x}")
    return event


def as_json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=options.get("default", repr)).decode()


def as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Time, level, message, and what varies as key=value; the traceback on lines of its own."""
    time, level = event.pop("time"), event.pop("level")
    message, traceback = str(event.pop("message")), event.pop("exception", None)
    told = "".join(f" {key}={event.pop(key)}" for key in FIELDS if key in event)
    told += "".join(f" {key}={value}" for key, value in event.items())
    line = f"{time} {level:<7} {message}{told}".replace("\r", "\\r").replace("\n", "\\n")
    return f"{line}\n{traceback}" if traceback else line


def add_time(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event["time"] = SystemClock().now().isoformat(timespec="milliseconds")
    return event


def without_traceback(record: logging.LogRecord) -> bool:
    """A request that was refused is the caller's affair: one line."""
    record.exc_info = None
    return True


def unforeseen(record: logging.LogRecord) -> bool:
    """Not a 503, which is an answer as any other: that something is down, or that there is too much to do."""
    return getattr(record, "status_code", None) != HTTPStatus.SERVICE_UNAVAILABLE


def processors() -> list[Processor]:
    """What every event passes before it is rendered, whoever logged it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        add_component,
        add_trace,
        add_time,
        structlog.processors.StackInfoRenderer(),
        hide_private,
    ]


def renderers(log_format: str) -> list[Processor]:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    render = structlog.processors.JSONRenderer(serializer=as_json) if log_format == "json" else as_text
    # This traceback shows lines of code alone; others show local variables, payloads and passwords among them.
    plain = structlog.processors.format_exc_info
    return [remove_meta, plain, hide_secrets, structlog.processors.EventRenamer("message"), render]


def configure(log_level: str, log_format: str) -> dict[str, Any]:
    """Sets structlog up and returns Django's `LOGGING`; both write to standard error through the same chain."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": processors(),
        "processors": renderers(log_format),
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "without_traceback": {"()": lambda: without_traceback},
            "unforeseen": {"()": lambda: unforeseen},
        },
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": log_level.upper()},
        "loggers": {
            "django": {"handlers": [], "level": log_level.upper(), "propagate": True},
            # One line per request is a metric's job.
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Nor is one for each request that is refused (4xx, and 503: an outage is told when it begins and ends);
            # those that fail (5xx) are told.
            "django.request": {"level": "ERROR", "filters": ["unforeseen"]},
            "django.security.DisallowedHost": {"filters": ["without_traceback"]},
            "daphne": {"level": "WARNING"},
            "asyncio": {"level": "WARNING"},
            # An outage is told once (timers.trouble), not by every attempt.
            "psycopg.pool": {"level": "ERROR"},
        },
    }
