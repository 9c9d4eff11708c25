"""What a workflow knows of itself: its info, its signals, its logger."""

import datetime as dt
import functools
import logging
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from sched_sdk import converter
from sched_sdk.proto.v1 import history_pb2
from sched_sdk.replay.ledger import Ledger

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A signal that a wait has taken."""

    name: str
    payload: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowInfo:
    """Who and what a run is. `headers` carry trace context; `retry_of_run_id` is "" unless the run repeats another."""

    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    namespace: str = "default"
    started_at: dt.datetime = _EPOCH
    execution_timeout: dt.timedelta | None = None
    memo: Any = None
    search_attributes: Any = None
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    retry_of_run_id: str = ""


class Started:
    """What a WorkflowExecutionStarted tells of a run. The info is made on demand: few functions ask for it.

    Raises:
        PayloadError: A memo or search attributes that are no JSON; here, so that the function does not meet it.
    """

    def __init__(self, event: history_pb2.HistoryEvent, *, namespace: str) -> None:
        self.event = event.workflow_execution_started
        self._time_us = event.time_us
        self._namespace = namespace
        self._memo = _decoded(self.event, "memo")
        self._search_attributes = _decoded(self.event, "search_attributes")

    @functools.cached_property
    def info(self) -> WorkflowInfo:
        """The same as workflow code sees it."""
        started, limit_us = self.event, self.event.execution_timeout_us
        return WorkflowInfo(
            workflow_id=started.workflow_id,
            run_id=started.run_id,
            workflow_type=started.workflow_type,
            task_queue=started.task_queue,
            namespace=self._namespace,
            started_at=_EPOCH + dt.timedelta(microseconds=self._time_us),
            execution_timeout=dt.timedelta(microseconds=limit_us) if limit_us else None,
            memo=self._memo,
            search_attributes=self._search_attributes,
            headers=MappingProxyType(dict(started.headers)),
            retry_of_run_id=started.retry_of_run_id,
        )


def _decoded(
    started: history_pb2.WorkflowExecutionStarted, field: Literal["memo", "search_attributes"]
) -> Any:
    return converter.decode(getattr(started, field), field=field) if started.HasField(field) else None


class ReplayLogger(logging.LoggerAdapter[logging.Logger]):
    """Logs with the ids of the run; says nothing while a turn is repeated."""

    def __init__(self, started: history_pb2.WorkflowExecutionStarted, ledger: Ledger) -> None:
        about = {
            "workflow_id": started.workflow_id,
            "run_id": started.run_id,
            "workflow_type": started.workflow_type,
        }
        super().__init__(logging.getLogger("sched_sdk.workflow"), about)
        self._ledger = ledger

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - logging's name
        return not self._ledger.replaying and super().isEnabledFor(level)

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs
