"""The event loop of async workflows: asyncio's own tasks and futures, on time and timers of the history.

Guarantees: callbacks run in the order they were scheduled; `asyncio.sleep`, `asyncio.timeout` and `call_later` are
durable timers; sets of tasks and futures iterate in the order of creation; I/O, threads and subprocesses are refused
with a sentence. A cancellation of the workflow is `Cancelled` wherever it is raised; one by code stays CancelledError.

asyncio's Python implementations of Task and Future are used, not those in C: only they let a subclass choose the
exception that a cancellation raises.
"""

# ruff: noqa: SLF001 - asyncio lets other loops in by these names only

import asyncio
import collections
import contextvars
from asyncio import futures, tasks
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeVarTuple, Unpack

from sched_sdk.errors import Cancelled, SchedError
from sched_sdk.replay.ledger import Ledger
from sched_sdk.replay.things import Timer, Waiter

if TYPE_CHECKING:
    _FutureBase = asyncio.Future[Any]
    _TaskBase = asyncio.Task[Any]
else:
    _FutureBase = futures._PyFuture
    _TaskBase = tasks._PyTask

_Ts = TypeVarTuple("_Ts")

CALLBACKS_MAX = 1_000_000
"""In one turn. A function that needs more spins on `sleep(0)`: it would hold its worker for ever."""

_REFUSED = (
    "run_in_executor", "call_soon_threadsafe", "getaddrinfo", "getnameinfo", "create_connection", "create_server",
    "create_unix_connection", "create_unix_server", "create_datagram_endpoint", "connect_accepted_socket", "sendfile",
    "connect_read_pipe", "connect_write_pipe", "subprocess_exec", "subprocess_shell", "start_tls", "sock_recv",
    "sock_sendall", "sock_connect", "sock_accept", "add_reader", "add_writer", "add_signal_handler",
    "run_until_complete", "run_forever",
)  # fmt: skip


class ByRequest(str):
    """The message of a cancellation that a cancel request causes; its text is the reason."""

    __slots__ = ()


class RestlessError(SchedError):
    """The workflow's code never comes to a wait."""


class _Numbered:
    """Hashes by creation: asyncio.wait and others keep futures in sets, whose order must not depend on addresses."""

    _number: int
    _cancelled_exc: BaseException | None
    _cancel_message: Any

    def __hash__(self) -> int:
        return self._number

    def _make_cancelled_error(self) -> BaseException:
        if self._cancelled_exc is None and isinstance(self._cancel_message, ByRequest):
            return Cancelled(str(self._cancel_message))
        made: BaseException = super()._make_cancelled_error()  # type: ignore[misc]
        return made


class WorkflowFuture(_Numbered, _FutureBase):
    """A future of a workflow's loop."""

    def __init__(self, *, loop: "WorkflowLoop") -> None:
        self._number = loop.next_number()
        super().__init__(loop=loop)


class WorkflowTask(_Numbered, _TaskBase):
    """A task of a workflow's loop."""

    def __init__(
        self, coro: Coroutine[Any, Any, Any], *, loop: "WorkflowLoop", name: str | None, **more: Any
    ) -> None:
        self._number = loop.next_number()
        self._log_destroy_pending = False
        self.location = loop.ledger.locate()
        super().__init__(coro, loop=loop, name=name or f"Task-{self._number}", **more)


class DurableHandle(asyncio.TimerHandle):
    """A `call_later`: cancelling it cancels the timer."""

    def __init__(
        self,
        loop: "WorkflowLoop",
        when: float,
        callback: Callable[..., object],
        args: Sequence[Any],
        context: contextvars.Context | None,
        durable: tuple[Timer, Waiter],
    ) -> None:
        super().__init__(when, callback, args, loop, context)
        timer, waiter = durable
        self._durable = (loop.ledger, timer, waiter)

    def cancel(self) -> None:
        ledger, timer, waiter = self._durable
        if not self.cancelled() and not timer.done and not ledger.closed:
            ledger.withdraw(waiter)
            ledger.cancel(timer)
        super().cancel()


class WorkflowLoop(asyncio.AbstractEventLoop):
    """Runs callbacks until none is ready."""

    def __init__(self, ledger: Ledger, report: Callable[[dict[str, Any]], None]) -> None:
        self.ledger = ledger
        self.tasks: dict[WorkflowTask, None] = {}
        self._report = report
        self._ready: collections.deque[asyncio.Handle] = collections.deque()
        self._numbers = 0

    def next_number(self) -> int:
        """Of a future or task."""
        self._numbers += 1
        return self._numbers

    def run(self, is_over: Callable[[], bool]) -> None:
        """Runs what is ready, and what becomes ready by that, until nothing is or `is_over`; as the running loop."""
        for _ in range(CALLBACKS_MAX):
            if not self._ready or is_over():
                return
            self._step(self._ready.popleft())
        raise RestlessError(
            f"the workflow does not come to a wait within {CALLBACKS_MAX} steps of its event loop"
        )

    def _step(self, handle: asyncio.Handle) -> None:
        if handle.cancelled():
            return
        try:
            handle._run()
        except (SystemExit, KeyboardInterrupt):
            # asyncio raises these out of the loop. The task has kept it; whoever awaits the task gets it.
            return

    def task_location(self) -> str:
        """Where the task that runs now was made: what `gather` wraps has no frame of workflow code of its own."""
        task = asyncio.current_task(self) if asyncio._get_running_loop() is self else None
        return task.location if isinstance(task, WorkflowTask) else ""

    # What asyncio asks of a loop

    def time(self) -> float:
        return self.ledger.now_us / 1e6

    def call_soon(
        self,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        return self._call_after(max(0, round(delay * 1e6)), callback, args, context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: contextvars.Context | None = None,
    ) -> asyncio.TimerHandle:
        # Time as a float of this size is good to a quarter of a microsecond, and rounding takes that away.
        return self._call_after(max(0, round(when * 1e6) - self.ledger.now_us), callback, args, context)

    def _call_after(
        self, delay_us: int, callback: Callable[..., object], args: Any, context: contextvars.Context | None
    ) -> asyncio.TimerHandle:
        when = (self.ledger.now_us + delay_us) / 1e6
        if delay_us == 0:
            at_once = asyncio.TimerHandle(when, callback, args, self, context)
            self._ready.append(at_once)
            return at_once
        timer = self.ledger.start_timer(delay_us)
        waiter = Waiter([timer], location=self.ledger.locate())
        handle = DurableHandle(self, when, callback, args, context, (timer, waiter))
        waiter.on_settle = lambda: self._ready.append(handle)
        self.ledger.open(waiter)
        return handle

    def create_future(self) -> "asyncio.Future[Any]":
        return WorkflowFuture(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, **more: Any) -> "asyncio.Task[Any]":
        self.ledger.guard()
        task = WorkflowTask(coro, loop=self, name=name, **more)
        self.tasks[task] = None
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: Any) -> None:
        self.tasks.pop(task, None)

    def drop_ready(self) -> None:
        """Forgets what is ready: nothing runs on this loop any more."""
        self._ready.clear()

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """asyncio tells its loop; ours knows from DurableHandle."""

    def get_debug(self) -> bool:
        return False

    def set_debug(self, enabled: bool) -> None:
        """A workflow's loop has no debug mode."""

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self._report(context)

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        self._report(context)


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refused(*_args: object, **_more: object) -> NoReturn:
        raise SchedError(f"{name} in a workflow: I/O, threads and processes belong in an activity")

    return refused


for _name in _REFUSED:
    setattr(WorkflowLoop, _name, _refuse(_name))
