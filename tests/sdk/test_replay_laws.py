"""The laws of replay, over random programs and random fates.

A program is a list of steps, run as a plain and as an async function; its fate is what arrives before and during turns.
At every turn:
- the history so far can be replayed, and any prefix cut at a turn gives the turn that was recorded there;
- an execution that was kept answers as a fresh one does;
- the plain and the async function answer the same, where the program has no parallel parts;
- an open run waits for something by name, and never for what it knows already.
"""

import asyncio
import inspect
from collections.abc import Callable, Generator
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from sched_sdk import ActivityError, CanceledError, Cancelled, PayloadError
from sched_sdk.proto.v1 import history_pb2, worker_pb2
from sched_sdk.replay import Execution, TurnResult
from sched_sdk.replay.turns import OUTCOMES, command_of, kind_of

from tests.sdk.replaying import EPOCH_US, SECOND_US, Code, history, told

TURNS_MAX = 12
ERRORS = (ActivityError, CanceledError, PayloadError)

Step = tuple[Any, ...]
Call = Callable[[Any], Any]

names = st.sampled_from(["a", "b"])
simple = st.one_of(
    st.tuples(st.just("execute"), names),
    st.tuples(st.just("queue"), names),
    st.tuples(st.just("chance")),
    st.tuples(st.just("timer"), st.integers(0, 9)),
    st.tuples(st.just("sleep"), st.integers(0, 9)),
    st.tuples(st.sampled_from(["cancel", "result"]), st.integers(0, 5)),
    st.tuples(st.sampled_from(["any", "all"])),
    st.tuples(st.just("signal"), st.none() | names, st.none() | st.integers(0, 9)),
)
blocks = st.lists(simple, max_size=4)
steps = simple | st.tuples(st.just("guard"), blocks, blocks)
programs = st.lists(steps, min_size=1, max_size=7)
parallel = st.lists(
    steps | st.tuples(st.just("parallel"), st.lists(blocks, max_size=3)), min_size=1, max_size=5
)


def run_steps(program: list[Step]) -> Generator[Call, Any, list[Any]]:
    """The program as calls on a context; what they give is its log."""
    handles: list[Any] = []
    log: list[Any] = []
    for step in program:
        try:
            log.append((yield from _step(step, handles)))
        except ERRORS as error:
            log.append(type(error).__name__)
    return log


def _step(step: Step, handles: list[Any]) -> Generator[Call, Any, Any]:
    kind, *rest = step
    if kind in ("queue", "timer", "chance"):
        handles.append((yield _starts(kind, rest)))
        return None
    if kind == "guard":
        return (yield from _guarded(*rest))
    if kind == "parallel":
        return (yield lambda ctx: ctx.branches(rest[0]))
    if kind in ("cancel", "result", "any", "all"):
        return (yield from _on_handles(kind, rest, handles))
    if kind == "execute":
        return (yield lambda ctx: ctx.execute_activity(rest[0]))
    if kind == "sleep":
        return (yield lambda ctx: ctx.sleep(rest[0]))
    signal = yield lambda ctx: ctx.wait_for_signal(rest[0], timeout=rest[1])
    return signal and signal.name


def _starts(kind: str, rest: list[Any]) -> Call:
    if kind == "queue":
        return lambda ctx: ctx.queue_activity(rest[0])
    if kind == "timer":
        return lambda ctx: ctx.start_timer(rest[0])
    return lambda ctx: ctx.queue_activity(ctx.random().choice(["c", "d", "e"]))


def _guarded(body: list[Step], clean_up: list[Step]) -> Generator[Call, Any, Any]:
    try:
        return (yield from run_steps(body))
    except Cancelled:
        return (yield from run_steps(clean_up))


def _on_handles(kind: str, rest: list[Any], handles: list[Any]) -> Generator[Call, Any, Any]:
    if not handles:
        return None
    if kind == "any":
        first = yield lambda ctx: ctx.wait_any(handles)
        return handles.index(first)
    if kind == "all":
        return (yield lambda ctx: ctx.wait_all(handles))
    handle = handles[rest[0] % len(handles)]
    return (yield lambda ctx: handle.cancel() if kind == "cancel" else handle.result())


class _Plain:
    def __init__(self, ctx: Any) -> None:
        self._ctx = ctx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ctx, name)

    def branches(self, programs: list[list[Step]]) -> list[Any]:
        return [drive_plain(self._ctx, program) for program in programs]


class _Async(_Plain):
    async def branches(self, programs: list[list[Step]]) -> list[Any]:  # type: ignore[override]
        return list(await asyncio.gather(*(drive_async(self._ctx, program) for program in programs)))


def drive_plain(ctx: Any, program: list[Step]) -> list[Any]:
    """Runs a program as a plain function does."""
    calls = run_steps(program)
    facade = _Plain(ctx)
    try:
        call = next(calls)
        while True:
            try:
                value = call(facade)
            except BaseException as error:
                call = calls.throw(error)
            else:
                call = calls.send(value)
    except StopIteration as end:
        return list(end.value)


async def drive_async(ctx: Any, program: list[Step]) -> list[Any]:
    """Runs a program as an async function does."""
    calls = run_steps(program)
    facade = _Async(ctx)
    try:
        call = next(calls)
        while True:
            try:
                value = call(facade)
                value = await value if inspect.iscoroutine(value) else value
            except BaseException as error:
                call = calls.throw(error)
            else:
                call = calls.send(value)
    except StopIteration as end:
        return list(end.value)


def plain_code(program: list[Step]) -> Code:
    """The program as a plain workflow."""

    def tested(ctx: Any) -> list[Any]:
        return drive_plain(ctx, program)

    return Code(tested)


def async_code(program: list[Step]) -> Code:
    """The program as an async workflow."""

    async def tested(ctx: Any) -> list[Any]:
        return await drive_async(ctx, program)

    return Code(tested)


class Recorder:
    """Writes down what turns ask for and what arrives: no engine, only its rules for which event follows what."""

    def __init__(self) -> None:
        self.text = ["WS"]
        self.open: dict[int, str] = {}
        self.cancel_requested = False

    def events(self, count: int | None = None) -> list[history_pb2.HistoryEvent]:
        """The history, or its first events."""
        return history(", ".join(self.text[:count]))

    def arrive(self, draw: Callable[[st.SearchStrategy[str]], str]) -> None:
        """Something that can arrive now, arrives."""
        # Outcomes first and often: a life that is cancelled at once, or hears only signals, shows little.
        choices = [token for i, kind in self.open.items() for token in 3 * _OUTCOMES[kind].format(i).split()]
        choices += ["SR(a)", "SR(b)"]
        if len(self.text) > 4 and not self.cancel_requested:
            choices.append("WCR(why)")
        token = draw(st.sampled_from(choices))
        self.cancel_requested |= token.startswith("WCR")
        self._close(token)
        self.text.append(token)

    def record(self, turn: worker_pb2.Turn) -> None:
        """Y and the events of the turn's commands."""
        self.text.append(f"Y@{turn.seen_through}")
        for command in turn.commands:
            self._carry_out(command)

    def _carry_out(self, command: worker_pb2.Command) -> None:
        kind = str(command.WhichOneof("command"))
        if kind == "schedule_activity":
            asked = command.schedule_activity
            self.open[asked.command] = "AS"
            self.text.append(f"AS{asked.command}({asked.activity_type})")
        elif kind == "start_timer":
            self.open[command.start_timer.command] = "TS"
            self.text.append(f"TS{command.start_timer.command}")
        elif kind == "cancel_timer" and self.open.pop(command.cancel_timer.command, ""):
            self.text.append(f"TX{command.cancel_timer.command}")
        elif kind == "cancel_activity" and command.cancel_activity.command in self.open:
            self._cancel_activity(command.cancel_activity.command)
        elif kind.endswith("_workflow"):
            self.text.append({"complete": "WC", "fail": "WF", "cancel": "WX"}[kind.removesuffix("_workflow")])

    def _cancel_activity(self, index: int) -> None:
        """By turns held by a worker or not, so that both ways are walked."""
        if index % 2:
            self.open[index] = "ACR"
            self.text.append(f"ACR{index}")
        else:
            del self.open[index]
            self.text.append(f"AX{index}")

    def _close(self, token: str) -> None:
        for index in list(self.open):
            if token in _OUTCOMES[self.open[index]].format(index).split():
                del self.open[index]


_OUTCOMES = {"AS": "AC{0}=1 AF{0} ATO{0}", "TS": "TF{0}", "ACR": "AX{0}~ AC{0} AF{0}"}


def as_turn(result: TurnResult, recorder: Recorder) -> worker_pb2.Turn:
    """The turn that an answer must be."""
    assert isinstance(result, worker_pb2.Turn), f"{', '.join(recorder.text)}: {told(result)}"
    return result


def check_wait(turn: worker_pb2.Turn, events: list[history_pb2.HistoryEvent], recorder: Recorder) -> bool:
    """Whether the run is over; if not, its wait is sound."""
    last = str(turn.commands[-1].WhichOneof("command")) if turn.commands else ""
    if last.endswith("_workflow"):
        return True
    wait = turn.wait
    assert wait.commands or wait.signals or wait.any_signal, ", ".join(recorder.text)
    known = {command_of(event) for event in events[: turn.seen_through] if kind_of(event) in OUTCOMES}
    assert not known & set(wait.commands), ", ".join(recorder.text)
    return False


def live(code: Code, data: st.DataObject) -> tuple[Recorder, list[tuple[int, worker_pb2.Turn]]]:
    """One life of a workflow; at each turn, a kept execution is held against a fresh one."""
    recorder = Recorder()
    kept = Execution(code.definition, registry=code.registry)
    turns: list[tuple[int, worker_pb2.Turn]] = []
    try:
        for number in range(TURNS_MAX):
            for _ in range(data.draw(st.integers(min(number, 1), 4))):
                recorder.arrive(data.draw)
            events = recorder.events()
            turn = as_turn(code.turn(", ".join(recorder.text)), recorder)
            assert turn == kept.activate(events, seen_through=len(events)), ", ".join(recorder.text)
            turns.append((len(events), turn))
            over = check_wait(turn, events, recorder)
            for _ in range(data.draw(st.integers(0, 2))):
                recorder.arrive(data.draw)
            recorder.record(turn)
            if over:
                break
    finally:
        kept.close()
    note(", ".join(recorder.text))
    return recorder, turns


def check_prefixes(code: Code, recorder: Recorder, turns: list[tuple[int, worker_pb2.Turn]]) -> None:
    """Every turn again, from the history as it was then."""
    for count, turn in turns:
        assert code.turn(", ".join(recorder.text[:count])) == turn
    code.check(", ".join(recorder.text))


LIVES = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@LIVES
@given(program=programs, data=st.data())
def test_plain_and_async_live_the_same_life(program: list[Step], data: st.DataObject) -> None:
    """One history, two functions, the same turns, from every prefix."""
    code = plain_code(program)
    recorder, turns = live(code, data)
    check_prefixes(code, recorder, turns)
    check_prefixes(async_code(program), recorder, turns)


@LIVES
@given(program=parallel, data=st.data())
def test_parallel_strands_replay(program: list[Step], data: st.DataObject) -> None:
    """gather over strands that wait, start, cancel and fail."""
    code = async_code(program)
    check_prefixes(code, *live(code, data))


def test_the_recorder_writes_events_a_second_apart() -> None:
    """What `now()` gives is then a matter of counting."""
    assert [event.time_us for event in history("WS, Y")] == [EPOCH_US, EPOCH_US + SECOND_US]
