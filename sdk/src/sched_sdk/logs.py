"""Log lines of the SDK: text or JSON, with the fields by which an operator searches, and never a payload.

Lines go through the standard library, under the logger `sched_sdk`, so an application's own configuration wins: the
handler here is added only where nobody configured logging.
"""

import datetime as dt
import json
import logging
from collections.abc import Mapping, MutableMapping
from typing import Any

from sched_sdk import tracing

ROOT = "sched_sdk"
# In the order in which text lines show them.
FIELDS = ("component", "workflow_id", "run_id", "workflow_type", "activity_id", "activity_type", "attempt")

LINE_CHARACTERS_MAX = 1_000
"""Of a text from elsewhere, as a failure's details: a log is read line by line."""


class FieldLogger(logging.LoggerAdapter[logging.Logger]):
    """A logger whose every line carries some fields."""

    def __init__(self, logger: logging.Logger, fields: Mapping[str, object]) -> None:
        super().__init__(logger, dict(fields))

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Join the fields of this logger with those of the call, which win."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def component_logger(component: str) -> FieldLogger:
    """The logger of one part of the SDK."""
    return FieldLogger(logging.getLogger(f"{ROOT}.{component}"), {"component": component})


def configure(*, level: str, format_: str) -> None:
    """Send the SDK's lines to standard error, unless somebody has configured logging already."""
    logger = logging.getLogger(ROOT)
    if logger.handlers or logging.getLogger().handlers:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if format_ == "json" else TextFormatter())
    logger.addHandler(handler)
    logger.setLevel(level.upper())
    logger.propagate = False


def one_line(text: str, *, longest: int = LINE_CHARACTERS_MAX) -> str:
    """`text` without line breaks; of a long one the beginning and the end, where a traceback names its exception."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    half = (longest - 3) // 2
    return f"{line[:half]} … {line[-half:]}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, fields, and the traceback if there is one."""
        line: dict[str, object] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for people; the fields follow the message as key=value."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, message and fields; the traceback on lines of its own."""
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        text = f"{_time(record)} {record.levelname.lower():<7} {record.getMessage()}{fields}"
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def _fields(record: logging.LogRecord) -> dict[str, object]:
    found = {name: getattr(record, name, None) for name in FIELDS}
    about = {name: value for name, value in found.items() if value is not None}
    return about if tracing.current is None else about | tracing.current.ids()


def _time(record: logging.LogRecord) -> str:
    return dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
