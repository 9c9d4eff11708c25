"""Structured logs, as text or JSON, for our own loggers and for those of libraries. The SDK's lines look the same.

Guarantees: one line per event; keys that carry payloads or credentials are shown as `[hidden]`, whatever their value; a
traceback shows no local variable.
Does not: look inside free text. Messages of ours are constants; what varies is a key.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from timers.clock import SystemClock

HIDDEN = "[hidden]"
HIDDEN_KEYS = frozenset(
    {
        "api_key", "authorization", "cookie", "data", "details", "dsn", "input", "memo", "password", "payload",
        "redis_url", "result", "secret", "secret_key", "token",
    }
)  # fmt: skip


def hide_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces the values of keys that may hold user data or credentials."""
    for key in HIDDEN_KEYS & event.keys():
        event[key] = HIDDEN
    return event


def as_json(event: Any, **options: Any) -> str:
    return orjson.dumps(event, default=options.get("default", repr)).decode()


def as_text(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """Time, level, message, and what varies as key=value; the traceback on lines of its own."""
    time, level = event.pop("time"), event.pop("level")
    message, traceback = str(event.pop("message")), event.pop("exception", None)
    told = "".join(f" {key}={value}" for key, value in event.items())
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
        add_time,
        structlog.processors.StackInfoRenderer(),
        hide_private,
    ]


def renderers(log_format: str) -> list[Processor]:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    render = structlog.processors.JSONRenderer(serializer=as_json) if log_format == "json" else as_text
    # This traceback shows lines of code alone; others show local variables, payloads and passwords among them.
    plain = structlog.processors.format_exc_info
    return [remove_meta, plain, structlog.processors.EventRenamer("message"), render]


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
