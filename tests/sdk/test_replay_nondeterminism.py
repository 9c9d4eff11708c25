"""Code that parts from its history is found out, with event, command, file and line; nothing else is blamed so."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import pytest
from sched_sdk import AsyncWorkflowContext, NonDeterminismError, Registry, WorkflowContext
from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.replay import TaskInfo, run_turn

from tests.sdk.replaying import Code, history

RAN = "WS, Y, AS0(Charge), TS1, AC0"
"""A history of: queue Charge, sleep."""


def charges(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Charge")
    ctx.sleep(10)
    ctx.execute_activity("Ship")


def renamed(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Debit")
    ctx.sleep(10)


def moved(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Charge", queue="payments")
    ctx.sleep(10)


def reordered(ctx: WorkflowContext) -> None:
    timer = ctx.start_timer(10)
    ctx.queue_activity("Charge")
    timer.result()


def shortened(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Charge")
    ctx.wait_for_signal()


def lengthened(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Charge")
    ctx.queue_activity("Notify")
    ctx.sleep(10)


def returns_early(ctx: WorkflowContext) -> str:
    ctx.queue_activity("Charge")
    return "done"


def raises_early(ctx: WorkflowContext) -> None:
    ctx.queue_activity("Charge")
    raise ValueError("a new check")


async def renamed_async(ctx: AsyncWorkflowContext) -> None:
    await asyncio.gather(ctx.execute_activity("Debit"), ctx.sleep(10))


CHARGED = "event 3 is ActivityTaskScheduled Charge (command 0), and the code now issues"
SLEPT = "event 4 is TimerStarted (command 1), and the code now issues"
CHANGES: list[tuple[Callable[..., Any], str, int]] = [
    (renamed, f"{CHARGED} ScheduleActivity Debit (command 0): activity Charge became Debit", 1),
    (moved, f"{CHARGED} ScheduleActivity Charge (command 0): task queue default became payments", 1),
    (reordered, f"{CHARGED} StartTimer (command 0): another kind of command", 1),
    (shortened, f"{SLEPT} no command for it", 2),
    (lengthened, f"{SLEPT} ScheduleActivity Notify (command 1): another kind of command", 2),
    (returns_early, f"{SLEPT} CompleteWorkflow: another kind of command", 0),
    (raises_early, f"{SLEPT} FailWorkflow with ValueError: a new check: another kind of command", 2),
    (renamed_async, f"{CHARGED} ScheduleActivity Debit (command 0): activity Charge became Debit", 1),
]


@pytest.mark.parametrize(("function", "problem", "line"), CHANGES, ids=lambda v: getattr(v, "__name__", ""))
def test_a_change_of_code_is_told_with_event_command_and_line(
    function: Callable[..., Any], problem: str, line: int
) -> None:
    """The task goes back; the workflow has not failed. `line` counts from the function's first."""
    first = inspect.getsourcelines(function)[1]
    expected = f"NON_DETERMINISTIC: {problem}\nat {__file__}:{first + line}"
    assert Code(function).says(RAN) == expected


def test_a_command_that_history_lacks_is_told() -> None:
    """Issued after all that history holds of the turn."""

    def more(ctx: WorkflowContext) -> None:
        charges_only = ctx.start_timer(10)
        ctx.queue_activity("Notify")
        charges_only.result()

    said = Code(more).says("WS, Y, TS0, SR(a), TF0")
    assert said.startswith(
        "NON_DETERMINISTIC: the code now issues ScheduleActivity Notify (command 1), and history holds nothing further"
    )


def test_a_missing_cancellation_is_told() -> None:
    """TX of a timer, and AX or ACR of an activity, are of the turn that cancels."""

    def forgets(ctx: WorkflowContext) -> None:
        ctx.start_timer(5)
        ctx.queue_activity("A")
        ctx.wait_for_signal()
        ctx.wait_for_signal()

    begun = "WS, Y, TS0, AS1(A), SR(a), Y"
    code = Code(forgets)
    assert "event 7 is TimerCanceled (command 0)" in code.says(f"{begun}, TX0, SR(b)")
    assert "event 7 is ActivityTaskCancelRequested (command 1)" in code.says(f"{begun}, ACR1, SR(b)")
    assert "event 7 is ActivityTaskCanceled (command 1)" in code.says(f"{begun}, AX1, SR(b)")


def test_what_comes_from_outside_directly_after_a_turn_is_not_its_own() -> None:
    """The answer of an activity that an earlier turn asked to stop."""

    def stops(ctx: WorkflowContext) -> None:
        handle = ctx.queue_activity("A")
        ctx.wait_for_signal()
        handle.cancel()
        ctx.wait_for_signal()
        ctx.wait_for_signal()

    asked = "WS, Y, AS0(A), SR(a), Y, ACR0"
    code = Code(stops)
    assert code.says(f"{asked}, SR(b), Y, AX0~, SR(c)") == "WC= took 10"
    assert code.says(f"{asked}, AX0, SR(b), Y, SR(c)") == "WC= took 10"


def test_a_cancellation_of_what_was_done_unseen_left_no_event() -> None:
    """Wherever among the commands it stands."""

    def stops(ctx: WorkflowContext) -> None:
        work, timer = ctx.queue_activity("A"), ctx.start_timer(60)
        ctx.wait_for_signal()
        work.cancel()
        ctx.queue_activity("B")
        timer.cancel()
        ctx.sleep(1)

    begun = "WS, Y, AS0(A), TS1, SR(a)"
    code = Code(stops)
    code.check(f"{begun}, AC0, TF1, Y@5, AS2(B), TS3, TF3, Y, WC")
    code.check(f"{begun}, AC0, Y@5, AS2(B), TX1, TS3, TF3, Y, WC")
    code.check(f"{begun}, TF1, Y@5, ACR0, AS2(B), TS3, TF3, Y, WC")
    with pytest.raises(
        NonDeterminismError, match=r"CancelActivity \(command 0\), and event 7 is|another kind"
    ):
        code.check(f"{begun}, Y@5, AS2(B), TX1, TS3, TF3, Y, WC")


def test_the_end_of_a_recorded_run_is_matched() -> None:
    """check_history on closed histories; what comes after the end, and ends from outside, are no turn's."""

    def hello(ctx: WorkflowContext) -> str:
        ctx.queue_activity("SayHello")
        return "done"

    code = Code(hello)
    code.check("WS, Y, AS0(SayHello), WC, AR0, AC0")
    code.check("WS, Y, AS0(SayHello), WF(limit)")
    code.check("WS, WTO")
    with pytest.raises(NonDeterminismError, match="event 4 is WorkflowExecutionFailed"):
        code.check("WS, Y, AS0(SayHello), WF")
    with pytest.raises(NonDeterminismError) as parted:
        code.check("WS, Y, AS0(SayHi), WC")
    assert parted.value.event == "3 ActivityTaskScheduled SayHi (command 0)"
    assert parted.value.command == "ScheduleActivity SayHello (command 0)"


def test_only_an_exception_at_the_frontier_fails_the_workflow() -> None:
    """The same exception parks the task while history holds more, and fails the run where it ends."""
    assert Code(raises_early).says("WS") == "AS0(Charge) WF(ValueError: a new check)"
    assert Code(raises_early).says(RAN).startswith("NON_DETERMINISTIC")


def test_inputs_durations_and_policies_may_change() -> None:
    """They are not compared, so that they can be changed under running workflows."""

    def changed(ctx: WorkflowContext) -> None:
        ctx.queue_activity("Charge", {"new": "input"}, start_to_close=1)
        ctx.sleep(9999)
        ctx.execute_activity("Ship")

    assert Code(changed).says(f"{RAN}, TF1") == "AS2(Ship) -> any 2"


def test_what_a_deployment_can_mend_goes_back_as_an_error() -> None:
    """A failed import, memory, and a payload that is too large do not fail the workflow."""

    def imports(ctx: WorkflowContext) -> None:
        import a_module_that_is_not_there  # type: ignore[import-not-found]  # noqa: F401

    def grows(ctx: WorkflowContext) -> None:
        try:
            ctx.queue_activity("Take", "x" * 3_000_000)
        except Exception:
            ctx.queue_activity("Instead")

    def returns(ctx: WorkflowContext) -> str:
        return "x" * 3_000_000

    assert (
        Code(imports)
        .says("WS")
        .startswith("ERROR: SchedError: ModuleNotFoundError: No module named 'a_module")
    )
    assert (
        Code(grows)
        .says("WS")
        .startswith("ERROR: SchedError: input of Take: 3000002 bytes of JSON: at most 2097152")
    )
    assert Code(returns).says("WS").startswith("ERROR: PayloadTooLarge: result: 3000002 bytes")


def test_values_that_are_no_json_fail_the_workflow_by_name() -> None:
    """That is the code's own mistake; a payload that is no JSON is an error that it can catch."""

    def returns(ctx: WorkflowContext) -> Any:
        return {"at": [ctx.now()]}

    def takes(ctx: WorkflowContext) -> Any:
        ctx.queue_activity("A", {1: 2})

    assert "result.at[0]: a datetime.datetime is no JSON value" in Code(returns).says("WS")
    assert "input of A: key 1 is a int: keys of a JSON object are str" in Code(takes).says("WS")


def test_broken_histories_are_refused() -> None:
    """A gap, an unknown kind of event, an outcome of nothing, an impossible seen_through."""
    code = Code(charges)

    def answer(events: list[history_pb2.HistoryEvent], seen: int) -> str:
        info = TaskInfo(seen_through=seen)
        result = run_turn(code.definition, events, registry=code.registry, info=info)
        assert isinstance(result, worker_pb2.Returned)
        assert result.reason == worker_pb2.RETURN_REASON_ERROR
        return result.details

    events = history(RAN)
    assert "event 2 is missing before event 3" in answer([events[0], *events[2:]], 5)
    assert "a turn has seen event 9, and history has 1 to 5 for it" in answer(events, 9)
    unknown = history_pb2.HistoryEvent(number=6)
    assert "event 6 is of a kind that this version of sched-sdk does not know" in answer(
        [*events, unknown], 6
    )
    assert "event 6 tells of command 7, which is no such thing" in answer(history(f"{RAN}, TF7"), 6)
    assert "event 6 tells of command 0, which is no such thing" in answer(history(f"{RAN}, TF0"), 6)
    assert "history does not begin with WorkflowExecutionStarted" in answer(history("SR(a)"), 1)


def test_an_unknown_type_goes_back_with_the_names_that_are_known() -> None:
    """Nothing fails: another worker may have it."""
    registry = Registry()
    registry.workflow("Known")(charges)
    result = run_turn(
        None, history("WS"), registry=registry, info=TaskInfo(seen_through=1, workflow_type="Unknown")
    )
    assert isinstance(result, worker_pb2.Returned)
    assert result.reason == worker_pb2.RETURN_REASON_UNKNOWN_TYPE
    assert result.details == "workflow type 'Unknown' is not registered in this worker; registered: Known"


def test_a_restless_function_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would hold its worker for ever."""
    monkeypatch.setattr("sched_sdk.replay.loop.CALLBACKS_MAX", 1000)

    async def spins(ctx: AsyncWorkflowContext) -> None:
        while True:  # noqa: ASYNC110 - it is the fault that is tested
            await asyncio.sleep(0)

    assert Code(spins).says("WS").startswith("ERROR: RestlessError: the workflow does not come to a wait")
