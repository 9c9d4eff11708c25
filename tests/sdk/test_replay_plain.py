"""Plain functions: turns and waits, over histories written as text."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from sched_sdk import ActivityError, CanceledError, Registry, RetryPolicy, TimeoutError, WorkflowContext  # noqa: A004
from sched_sdk.errors import ApplicationError, ArgumentError
from sched_sdk.proto.v1 import worker_pb2

from tests.sdk.replaying import EPOCH_US, RUN_ID, Code


def approval_gate(ctx: WorkflowContext, request: Any) -> str:
    signal = ctx.wait_for_signal(timeout=dt.timedelta(hours=24))
    if signal is None or signal.name != "approve":
        return "rejected"
    ctx.queue_activity("Process", signal.payload)
    return "approved"


def monthly_report(ctx: WorkflowContext) -> str:
    for _ in range(3):
        ctx.queue_activity("SendEmail")
        ctx.sleep(2)
    return "Report completed"


def test_hello_world_ends_in_its_first_turn() -> None:
    """An activity that nobody awaits is scheduled before the end."""

    def hello(ctx: WorkflowContext, name: str) -> str:
        ctx.queue_activity("SayHello", name)
        return "Hello workflow completed"

    assert Code(hello).says('WS("world")') == 'AS0(SayHello) WC="Hello workflow completed"'


def test_monthly_report_takes_four_turns() -> None:
    """Each sleep is a turn; the activities cause none."""
    code = Code(monthly_report)
    text = "WS"
    assert code.says(text) == "AS0(SendEmail) TS1(2) -> any 1"
    text += ", Y, AS0(SendEmail), TS1, AC0, TF1"
    assert code.says(text) == "AS2(SendEmail) TS3(2) -> any 3"
    text += ", Y, AS2(SendEmail), TS3, TF3, AC2"
    assert code.says(text) == "AS4(SendEmail) TS5(2) -> any 5"
    text += ", Y, AS4(SendEmail), TS5, AC4, TF5"
    assert code.says(text) == 'WC="Report completed"'
    code.check(text + ", Y, WC")


def test_a_signal_cancels_the_timer_of_its_wait() -> None:
    """TX by the turn that takes the signal, before what the code does with it."""
    code = Code(approval_gate)
    assert code.says("WS(1)") == "TS0(86400) -> any 0 *"
    assert code.says('WS(1), Y, TS0, SR(approve="o")') == 'TX0 AS1(Process) WC="approved" took 4'
    assert code.says("WS(1), Y, TS0, SR(no)") == 'TX0 WC="rejected" took 4'
    assert code.says("WS(1), Y, TS0, TF0") == 'WC="rejected"'


def test_between_signal_and_timer_the_first_in_history_wins() -> None:
    """And a timer that has fired in what the turn was given is not cancelled."""
    code = Code(approval_gate)
    assert code.says("WS(1), Y, TS0, SR(approve), TF0") == 'AS1(Process) WC="approved" took 4'
    assert code.says("WS(1), Y, TS0, TF0, SR(approve)") == 'WC="rejected"'


def test_a_signal_that_came_before_the_wait_needs_no_timer() -> None:
    """Signals are kept in order; a wait by name skips the others and leaves them."""

    def two(ctx: WorkflowContext) -> list[Any]:
        named = ctx.wait_for_signal("b", timeout=5)
        first = ctx.wait_for_signal(timeout=5)
        second = ctx.wait_for_signal(timeout=0)
        third = ctx.wait_for_signal(timeout=0)
        return [s and [s.name, s.payload] for s in (named, first, second, third)]

    code = Code(two)
    assert code.says("WS") == "TS0(5) -> any 0 b"
    assert code.says("WS, SR(a=1), SR(b=2), SR(c=3)") == 'WC=[["b",2],["a",1],["c",3],null] took 2 3 4'
    assert code.says("WS, Y, TS0, SR(a=1), SR(b=2)") == 'TX0 WC=[["b",2],["a",1],null,null] took 4 5'


def test_what_arrived_while_a_turn_was_running_belongs_to_the_next() -> None:
    """seen_through decides, not the place in history."""
    code = Code(approval_gate)
    # The signal (2) lies before Y (3), which saw event 1 only: the timer was started, and is cancelled now.
    assert code.says("WS(1), SR(approve), Y@1, TS0") == 'TX0 AS1(Process) WC="approved" took 2'
    code.check("WS(1), SR(approve), Y@1, TS0, Y, TX0, AS1(Process), WC, AC1")


def test_a_task_is_given_nothing_beyond_its_seen_through() -> None:
    """Even where the history that came with it holds more."""
    code = Code(approval_gate)
    assert code.says("WS(1), SR(approve)", seen=1) == "TS0(86400) -> any 0 *"


def test_results_reach_the_workflow() -> None:
    """Values, and failures with type, message and cause."""

    def works(ctx: WorkflowContext) -> Any:
        try:
            return ctx.execute_activity("Charge", {"amount": 2**70})
        except ActivityError as error:
            return [error.activity_type, type(error.cause).__name__, str(error)]

    code = Code(works)
    assert code.says("WS") == "AS0(Charge) -> any 0"
    assert (
        code.says('WS, Y, AS0(Charge), AC0={"n": 1180591620717411303424}')
        == 'WC={"n":1180591620717411303424}'
    )
    assert code.says("WS, Y, AS0(Charge), AC0") == "WC="
    assert (
        code.says("WS, Y, AS0(Charge), AR0, AF0!NoFunds: empty")
        == 'WC=["Charge","ApplicationError","activity Charge failed: NoFunds: empty"]'
    )
    assert (
        code.says("WS, Y, AS0(Charge), ATO0")
        == 'WC=["Charge","TimeoutError","activity Charge failed: too slow"]'
    )


def test_an_uncaught_failure_fails_the_workflow_with_its_cause() -> None:
    """The chain of causes is kept, the failure of the activity as the engine had it."""

    def works(ctx: WorkflowContext) -> Any:
        return ctx.execute_activity("Charge")

    turn = Code(works).turn("WS, Y, AS0(Charge), AF0!NoFunds: empty")
    assert isinstance(turn, worker_pb2.Turn)
    failure = turn.commands[0].fail_workflow.failure
    assert (failure.type, failure.cause.type, failure.cause.message) == ("ActivityError", "NoFunds", "empty")


def test_an_exception_fails_the_workflow() -> None:
    """Type, message, causes and where it was raised; SystemExit is no exception to that."""

    def raises(ctx: WorkflowContext, how: str) -> None:
        if how == "exit":
            raise SystemExit(3)
        try:
            raise KeyError("stock")
        except KeyError as error:
            raise ApplicationError("no stock", type="NoStock", details={"left": 0}) from error

    code = Code(raises)
    assert code.says('WS("exit")') == "WF(SystemExit: 3)"
    turn = code.turn('WS("")')
    assert isinstance(turn, worker_pb2.Turn)
    failure = turn.commands[0].fail_workflow.failure
    assert (failure.type, failure.message, failure.cause.type) == ("NoStock", "no stock", "KeyError")
    assert failure.details.data == b'{"left":0}'
    assert "test_replay_plain.py" in failure.stack_trace
    assert "sched_sdk" not in failure.stack_trace


def test_fan_out_waits_for_all_or_the_first_failure() -> None:
    """One wait, one turn; results in the order of the handles."""

    def fan(ctx: WorkflowContext, n: int) -> Any:
        return ctx.wait_all([ctx.queue_activity("Do", k) for k in range(n)])

    code = Code(fan)
    scheduled = "WS(3), Y, AS0(Do), AS1(Do), AS2(Do)"
    assert code.says("WS(3)") == "AS0(Do) AS1(Do) AS2(Do) -> all 0 1 2"
    assert code.says(f"{scheduled}, AC2=2, AC0=0, AC1=1") == "WC=[0,1,2]"
    assert code.says(f"{scheduled}, AC2=2, AF0!E: x") == "WF(ActivityError: activity Do failed: E: x)"
    assert code.says("WS(0)") == "WC=[]"


def test_wait_any_returns_what_was_done_first_in_history() -> None:
    """And the other timer can be cancelled then; a cancelled timer is done."""

    def race(ctx: WorkflowContext) -> Any:
        short, long = ctx.start_timer(1), ctx.start_timer(60)
        first = ctx.wait_any([long, short])
        long.cancel()
        long.cancel()
        assert long.done()
        try:
            return [first is short, long.result()]
        except CanceledError:
            return [first is short, "cancelled"]

    code = Code(race)
    assert code.says("WS") == "TS0(1) TS1(60) -> any 0 1"
    assert code.says("WS, Y, TS0, TS1, TF0") == 'TX1 WC=[true,"cancelled"]'
    assert code.says("WS, Y, TS0, TS1, TF1, TF0") == "WC=[false,null]"
    assert code.says("WS, Y, TS0, TS1, TF0, TF1") == "WC=[true,null]"
    code.check(
        "WS, Y, TS0, TS1, TF0, TF1, Y@5, WC"
    )  # the second fired unseen: its cancellation left no event


def test_a_cancelled_activity_is_done_when_it_answers() -> None:
    """AX raises ActivityError; a late success is a success."""

    def stops(ctx: WorkflowContext) -> Any:
        handle = ctx.queue_activity("Long")
        ctx.sleep(1)
        handle.cancel()
        try:
            return handle.result()
        except ActivityError as error:
            return type(error.cause).__name__

    code = Code(stops)
    begun = "WS, Y, AS0(Long), TS1, TF1"
    assert code.says(begun) == "CA0 -> any 0"
    assert code.says(f"{begun}, Y, ACR0, AX0~") == 'WC="CanceledError"'
    assert code.says(f"{begun}, Y, AX0") == 'WC="CanceledError"'
    assert code.says(f"{begun}, Y, ACR0, AC0=7") == "WC=7"
    # The activity was done, unseen, before the turn that cancels it: no event, and its result is there.
    assert code.says(f"{begun}, AC0=7, Y@5") == "WC=7"


def test_time_and_chance_are_those_of_the_run() -> None:
    """now() is the time of the last event the turn was given; ids and numbers repeat."""

    def asks(ctx: WorkflowContext) -> Any:
        first = [ctx.now().isoformat(), str(ctx.uuid4()), ctx.random().random()]
        ctx.sleep(5)
        return [*first, ctx.now().isoformat(), ctx.info().run_id, ctx.is_replaying()]

    code = Code(asks)
    once, again = code.turn("WS, Y, TS0, TF0"), code.turn("WS, Y, TS0, TF0")
    assert once == again
    assert isinstance(once, worker_pb2.Turn)
    started = dt.datetime.fromtimestamp(EPOCH_US / 1e6, dt.UTC)
    said = json.loads(once.commands[0].complete_workflow.result.data)
    assert said[0] == started.isoformat()
    assert uuid.UUID(said[1]).version == 4
    assert said[3:] == [(started + dt.timedelta(seconds=3)).isoformat(), RUN_ID, False]


def test_the_logger_is_silent_on_replay(caplog: pytest.LogCaptureFixture) -> None:
    """A line is logged by the turn that does it, once."""

    def logs(ctx: WorkflowContext) -> None:
        ctx.logger.warning("first %s", ctx.is_replaying())
        ctx.sleep(1)
        ctx.logger.warning("second")

    code = Code(logs)
    code.says("WS")
    code.says("WS, Y, TS0, TF0")
    assert [record.getMessage() for record in caplog.records] == ["first False", "second"]
    assert caplog.records[0].workflow_id == "order-1"  # type: ignore[attr-defined]


def test_input_is_passed_where_the_function_takes_it() -> None:
    """(ctx), (ctx, input) and (ctx, input=default) each get what they can take; null is not absence."""

    def required(ctx: WorkflowContext, given: Any) -> Any:
        return [given]

    def optional(ctx: WorkflowContext, given: Any = "default") -> Any:
        return [given]

    def none(ctx: WorkflowContext) -> Any:
        return "ran"

    assert [Code(required).says(t) for t in ("WS", "WS(null)", "WS(1)")] == [
        "WC=[null]",
        "WC=[null]",
        "WC=[1]",
    ]
    assert [Code(optional).says(t) for t in ("WS", "WS(null)")] == ['WC=["default"]', "WC=[null]"]
    assert Code(none).says("WS(1)") == 'WC="ran"'


def test_options_come_from_the_call_then_the_registration_then_the_style() -> None:
    """Ten minutes unless told; retry stays unset where neither names one."""
    registry = Registry()

    @registry.activity("Declared", retry=RetryPolicy(maximum_attempts=5), start_to_close=3, queue="payments")
    def declared(ctx: Any) -> None: ...

    def asks(ctx: WorkflowContext) -> None:
        ctx.queue_activity("Elsewhere")
        ctx.queue_activity(declared)
        ctx.queue_activity(
            "Declared", queue="other", start_to_close=dt.timedelta(seconds=9), retry=RetryPolicy()
        )

    turn = Code(asks, registry).turn("WS")
    assert isinstance(turn, worker_pb2.Turn)
    one, two, three = (command.schedule_activity for command in turn.commands[:3])
    assert (one.start_to_close_us, one.HasField("retry"), one.task_queue) == (600_000_000, False, "")
    assert (two.start_to_close_us, two.retry.maximum_attempts, two.task_queue) == (3_000_000, 5, "payments")
    assert (three.start_to_close_us, three.retry.maximum_attempts, three.task_queue) == (
        9_000_000,
        3,
        "other",
    )
    assert all(command.schedule_activity.detached for command in turn.commands[:3])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ctx: ctx.sleep(-1), "duration: -1: must not be negative"),
        (lambda ctx: ctx.sleep("1"), "duration: '1': must be a timedelta or a number of seconds"),
        (lambda ctx: ctx.start_timer(float("nan")), "duration: nan: must be a finite number of seconds"),
        (lambda ctx: ctx.wait_for_signal("a b"), "name: 'a b': must be 1 to 200 of A-Z a-z 0-9 . _ : @ + -"),
        (lambda ctx: ctx.wait_for_signal(timeout=True), "timeout: True: must be a timedelta"),
        (lambda ctx: ctx.queue_activity(""), "activity: '': must be 1 to 200 of"),
        (lambda ctx: ctx.queue_activity("A", queue="a\0"), "queue: 'a\\x00': must be 1 to 200 of"),
        (
            lambda ctx: ctx.queue_activity("A", start_to_close=0),
            "start_to_close: 0: must be greater than zero",
        ),
        (lambda ctx: ctx.queue_activity("A", retry=3), "retry: 3: must be a RetryPolicy"),
        (lambda ctx: ctx.wait_any([]), "handles: []: must hold at least one"),
        (lambda ctx: ctx.wait_all([1]), "handles: 1: must be a handle of this workflow's"),
        (lambda ctx: ctx.wait_all(5), "handles: 5: must be a sequence of handles"),
    ],
)
def test_bad_arguments_are_refused_by_field_value_and_rule(call: Any, message: str) -> None:
    """And no command is issued for them."""

    def asks(ctx: WorkflowContext) -> str:
        try:
            call(ctx)
        except ArgumentError as error:
            return str(error)
        return "accepted"

    said = Code(asks).turn("WS")
    assert isinstance(said, worker_pb2.Turn)
    assert len(said.commands) == 1
    assert json.loads(said.commands[0].complete_workflow.result.data).startswith(message)


def test_timeouts_say_which() -> None:
    """The kind of a timeout reaches the workflow."""

    def works(ctx: WorkflowContext) -> Any:
        try:
            ctx.execute_activity("Slow")
        except ActivityError as error:
            return isinstance(error.cause, TimeoutError) and error.cause.kind.name

    assert Code(works).says("WS, Y, AS0(Slow), ATO0") == 'WC="START_TO_CLOSE"'
