"""The blocking client: `AsyncClient`, driven on a private event loop. It holds no logic of its own."""

import weakref
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from typing import Any, Self, TypeVar, Unpack

from sched_sdk.client.aio import AsyncClient, ClientOptions, WorkerArguments
from sched_sdk.client.handles import WorkflowHandle
from sched_sdk.client.loop_thread import LoopThread, run_to_end
from sched_sdk.client.queue_values import TaskQueueDescription, WorkerDescription
from sched_sdk.client.requests import ListFilters, StartOptions
from sched_sdk.client.values import WorkflowDescription, WorkflowExecution
from sched_sdk.durations import Duration
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.registry import Registry

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")
T = TypeVar("T")


class Client:
    """`AsyncClient` for code that blocks; arguments and errors are the same. Usable from any thread."""

    def __init__(self, address: str | None = None, **options: Unpack[ClientOptions]) -> None:
        self._client = AsyncClient(address, **options)
        self._thread = LoopThread("sched-client")
        self._finalizer = weakref.finalize(self, _close, self._client, self._thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def registry(self) -> Registry:
        """What is registered with this client."""
        return self._client.registry

    @property
    def task_queue(self) -> str:
        """The queue of starts and of the worker unless told otherwise."""
        return self._client.task_queue

    def workflow(self, name: str | None = None) -> Callable[[F], F]:
        """Register the decorated function as a workflow; see `Registry.workflow`."""
        return self._client.workflow(name)

    def activity(self, name: str | None = None, **declared: Any) -> Callable[[F], F]:
        """Register the decorated function as an activity; see `Registry.activity`."""
        return self._client.activity(name, **declared)

    def start(
        self,
        workflow: str | Callable[..., Any],
        input: object = None,  # noqa: A002 - the word of the contract
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle:
        """Start a workflow; see `AsyncClient.start`."""
        return WorkflowHandle(self, self.drive(self._client.start(workflow, input, **options)))

    def handle(self, workflow_id: str, *, run_id: str = "") -> WorkflowHandle:
        """A handle for a workflow that is known by its id; asks nothing."""
        return WorkflowHandle(self, self._client.handle(workflow_id, run_id=run_id))

    def signal(
        self,
        workflow_id: str,
        name: str,
        payload: object = None,
        *,
        run_id: str = "",
        request_id: str | None = None,
    ) -> None:
        """Send a signal; see `AsyncClient.signal`."""
        self.drive(self._client.signal(workflow_id, name, payload, run_id=run_id, request_id=request_id))

    def cancel(
        self, workflow_id: str, *, run_id: str = "", reason: str = "", request_id: str | None = None
    ) -> bool:
        """Ask a workflow to stop; see `AsyncClient.cancel`."""
        return self.drive(
            self._client.cancel(workflow_id, run_id=run_id, reason=reason, request_id=request_id)
        )

    def terminate(
        self, workflow_id: str, *, run_id: str = "", reason: str = "", request_id: str | None = None
    ) -> bool:
        """End a workflow at once; see `AsyncClient.terminate`."""
        return self.drive(
            self._client.terminate(workflow_id, run_id=run_id, reason=reason, request_id=request_id)
        )

    def retry(self, workflow_id: str, *, run_id: str = "", request_id: str | None = None) -> WorkflowHandle:
        """Start a new run with the same input; see `AsyncClient.retry`."""
        return WorkflowHandle(
            self, self.drive(self._client.retry(workflow_id, run_id=run_id, request_id=request_id))
        )

    def get(self, workflow_id: str, *, run_id: str = "") -> WorkflowDescription:
        """Where a workflow stands, and what is pending."""
        return self.drive(self._client.get(workflow_id, run_id=run_id))

    def result(self, workflow_id: str, *, run_id: str = "", timeout: Duration | None = None) -> Any:
        """Wait for a run's end and return its result; see `AsyncClient.result`."""
        return self.drive(self._client.result(workflow_id, run_id=run_id, timeout=timeout))

    def history(self, workflow_id: str, *, run_id: str = "", after: int = 0) -> Sequence[HistoryEvent]:
        """The events of a run, those with a greater number than `after`."""
        return self.drive(self._client.history(workflow_id, run_id=run_id, after=after))

    def follow(self, workflow_id: str, *, run_id: str = "", after: int = 0) -> Iterator[HistoryEvent]:
        """The events of a run as they come, until it has ended; see `AsyncClient.follow`."""
        return self._each(self._client.follow(workflow_id, run_id=run_id, after=after))

    def describe_task_queue(self, name: str) -> TaskQueueDescription:
        """What waits on a task queue, and who serves it."""
        return self.drive(self._client.describe_task_queue(name))

    def list_workers(self, task_queue: str | None = None) -> Sequence[WorkerDescription]:
        """The workers that are connected to the engine; see `AsyncClient.list_workers`."""
        return self.drive(self._client.list_workers(task_queue))

    def list(self, **filters: Unpack[ListFilters]) -> Iterator[WorkflowExecution]:
        """Runs, newest first, page after page as they are asked for."""
        return self._each(self._client.list(**filters))

    def _each(self, found: AsyncIterator[T]) -> Iterator[T]:
        while (each := self.drive(_next(found))) is not None:
            yield each

    def run_worker(self, **arguments: Unpack[WorkerArguments]) -> None:
        """Run a worker in this thread until `stop` or, in the main thread, SIGTERM or SIGINT."""
        run_to_end(self._client.run_worker(**arguments))

    def stop(self) -> None:
        """Drain the workers that this client runs; called again, end them at once. Callable from any thread."""
        self._client.stop()

    def close(self) -> None:
        """Close the connection and end the private thread; the next call starts them again."""
        _close(self._client, self._thread)

    def drive(self, work: Coroutine[Any, Any, R]) -> R:
        """Run a coroutine of this client's loop and wait for it."""
        return self._thread.run(work)


async def _next(found: AsyncIterator[T]) -> T | None:
    return await anext(found, None)


def _close(client: AsyncClient, thread: LoopThread) -> None:
    if thread.is_running:
        thread.run(client.close())
        thread.close()
