"""A workflow that was started, or is known by its id: the client's calls with the id filled in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sched_sdk.client.values import WorkflowDescription, outcome_of
from sched_sdk.durations import Duration
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.proto.v1.workflow_pb2 import GetWorkflowResultResponse

if TYPE_CHECKING:
    from sched_sdk.client.aio import AsyncClient
    from sched_sdk.client.blocking import Client


class AsyncWorkflowHandle:
    """One run.

    Attributes:
        run_id: Empty: whichever run of the id is the current one.
        started: False where the start found a run by policy or by request id.
    """

    def __init__(
        self,
        client: AsyncClient,
        workflow_id: str,
        *,
        run_id: str = "",
        started: bool = False,
        outcome: GetWorkflowResultResponse | None = None,
    ) -> None:
        self._client = client
        self._outcome = outcome
        self.workflow_id = workflow_id
        self.run_id = run_id
        self.started = started

    async def result(self, timeout: Duration | None = None) -> Any:  # noqa: ASYNC109 - a duration of the contract
        """The result; see `AsyncClient.result`."""
        if self._outcome is not None:
            return outcome_of(self.workflow_id, self._outcome)
        return await self._client.result(self.workflow_id, run_id=self.run_id, timeout=timeout)

    async def signal(self, name: str, payload: object = None, *, request_id: str | None = None) -> None:
        """Send a signal."""
        await self._client.signal(self.workflow_id, name, payload, run_id=self.run_id, request_id=request_id)

    async def cancel(self, reason: str = "") -> bool:
        """Ask it to stop."""
        return await self._client.cancel(self.workflow_id, run_id=self.run_id, reason=reason)

    async def terminate(self, reason: str = "") -> bool:
        """End it at once."""
        return await self._client.terminate(self.workflow_id, run_id=self.run_id, reason=reason)

    async def retry(self) -> AsyncWorkflowHandle:
        """Start a new run with its input, once it has ended."""
        return await self._client.retry(self.workflow_id, run_id=self.run_id)

    async def describe(self) -> WorkflowDescription:
        """Where it stands, and what is pending."""
        return await self._client.get(self.workflow_id, run_id=self.run_id)

    async def history(self) -> Sequence[HistoryEvent]:
        """Its events."""
        return await self._client.history(self.workflow_id, run_id=self.run_id)


class WorkflowHandle:
    """One run, for code that blocks. Attributes as those of `AsyncWorkflowHandle`."""

    def __init__(self, client: Client, handle: AsyncWorkflowHandle) -> None:
        self._client = client
        self._handle = handle
        self.workflow_id = handle.workflow_id
        self.run_id = handle.run_id
        self.started = handle.started

    def result(self, timeout: Duration | None = None) -> Any:
        """The result; see `AsyncClient.result`."""
        return self._client.drive(self._handle.result(timeout))

    def signal(self, name: str, payload: object = None, *, request_id: str | None = None) -> None:
        """Send a signal."""
        self._client.drive(self._handle.signal(name, payload, request_id=request_id))

    def cancel(self, reason: str = "") -> bool:
        """Ask it to stop."""
        return self._client.drive(self._handle.cancel(reason))

    def terminate(self, reason: str = "") -> bool:
        """End it at once."""
        return self._client.drive(self._handle.terminate(reason))

    def retry(self) -> WorkflowHandle:
        """Start a new run with its input, once it has ended."""
        return WorkflowHandle(self._client, self._client.drive(self._handle.retry()))

    def describe(self) -> WorkflowDescription:
        """Where it stands, and what is pending."""
        return self._client.drive(self._handle.describe())

    def history(self) -> Sequence[HistoryEvent]:
        """Its events."""
        return self._client.drive(self._handle.history())
