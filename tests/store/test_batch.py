"""A batch: what it asks for, and that its inputs see each other and nobody's mistakes."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.store.driver import new_run_id, start
from workflows.core import inputs as i
from workflows.core.decide import decide
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Recorded, Started, Steered
from workflows.core.values import ConflictPolicy
from workflows.store.backend import InboxEntry, Loaded, StartKey
from workflows.store.batch import Batch, Decided, load_request
from workflows.store.lanes import Drain, Lane, Submission

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def loaded(*states: State, **more: object) -> Loaded:
    found: dict[str, object] = {
        "now": NOW,
        "transaction": "1",
        "states": {state.run_id: state for state in states},
        "busy": set(),
        "current": {(state.namespace, state.workflow_id): state for state in states},
        "busy_starts": set(),
        "inbox": [],
        "requests": {},
        "busy_requests": set(),
    }
    return Loaded(**(found | more))  # type: ignore[arg-type]


def run(workflow_id: str = "order") -> State:
    state = decide(None, start(workflow_id), NOW).state
    assert state is not None
    return state


def decided(found: Loaded, *inputs: i.Input | Drain) -> Decided:
    submissions = [Submission(given=each, answer=print, lane=Lane.REQUESTS) for each in inputs]
    return Batch(found).run(submissions)


def replies(found: Decided) -> list[object]:
    return [reply.code if isinstance(reply, Rejected) else reply for _, reply in found.answers]


def signal(run_id: str, name: str = "go", request_id: str = "") -> i.SignalSent:
    return i.SignalSent(run_id=run_id, name=name, request_id=request_id)


def test_a_load_names_each_run_once_with_all_that_its_inputs_need() -> None:
    """The needs of inputs for one run are joined."""
    run_id = new_run_id()
    request = load_request(
        [
            signal(run_id, request_id="r"),
            i.TimerDue(run_id=run_id, number=7),
            i.TimerDue(run_id=run_id, number=5),
        ]
    )
    assert request.runs == {run_id: i.Needs(children=(5, 7))}
    assert request.run_requests == [(run_id, "r")]


def test_a_drain_loads_all_children_since_nobody_knows_what_lies_there() -> None:
    """A termination in the inbox may touch every one."""
    run_id = new_run_id()
    assert load_request([Drain(run_id)]).runs == {run_id: i.Needs(all_children=True)}


def test_a_start_with_a_generated_id_locks_nothing() -> None:
    """An id that was just made meets no other."""
    assert not load_request([start()]).starts


def test_a_start_with_a_signal_locks_the_run_it_may_meet() -> None:
    """The signal may have to be recorded there."""
    given = start("order", request_id="r", signal=signal(""))
    assert load_request([given]).starts == [StartKey("default", "order", "r", lock_current=True)]


def test_later_inputs_see_what_earlier_ones_did() -> None:
    """A signal behind a termination is refused; one run has one transition."""
    state = run()
    found = decided(loaded(state), i.TerminateRequested(run_id=state.run_id), signal(state.run_id))
    first, second = replies(found)
    assert isinstance(first, Steered)
    assert second is Code.CLOSED
    assert len(found.transitions) == 1


def test_of_two_starts_of_an_id_the_second_meets_the_first() -> None:
    """Though neither is in the database yet."""
    one, two = start("order"), start("order", conflict=ConflictPolicy.USE_EXISTING)
    found = decided(loaded(), one, two)
    assert replies(found) == [
        Started(workflow_id="order", run_id=one.run_id, started=True),
        Started(workflow_id="order", run_id=one.run_id, started=False),
    ]


def test_a_request_that_is_repeated_within_a_batch_has_one_effect() -> None:
    """Both are answered, the second as unchanged; one event is written."""
    state = run()
    found = decided(loaded(state), signal(state.run_id, request_id="r"), signal(state.run_id, request_id="r"))
    assert [reply.changed for reply in replies(found) if isinstance(reply, Steered)] == [True, False]
    assert sum(len(each.events) for each in found.transitions) == 1


def test_a_refused_input_leaves_no_trace() -> None:
    """Its neighbour in the batch commits alone."""
    state = run()
    found = decided(loaded(state), signal(new_run_id()), signal(state.run_id))
    assert replies(found)[0] is Code.NOT_FOUND
    assert len(found.transitions) == 1


def test_what_is_locked_elsewhere_is_deferred_in_its_order() -> None:
    """Inputs of free runs do not wait for it."""
    state, busy = run("free"), new_run_id()
    inputs: list[i.Input | Drain] = [
        signal(busy, "1"),
        start("mine"),
        signal(state.run_id),
        signal(busy, "2"),
        Drain(busy),
    ]
    found = decided(loaded(state, busy={busy}, busy_starts={("default", "mine")}), *inputs)
    assert [each.given for each in found.deferred] == [inputs[0], inputs[1], inputs[3], inputs[4]]
    assert [each.given for each, _ in found.answers] == [inputs[2]]


def test_a_request_id_that_another_transaction_has_in_hand_is_deferred() -> None:
    """Whether it is a repeat is not known yet, so nothing is decided."""
    state = run()
    given = signal(state.run_id, request_id="r")
    found = decided(loaded(state, busy_requests={(state.run_id, "r")}), given)
    assert [each.given for each in found.deferred] == [given]
    assert not found.transitions


def test_a_start_whose_signal_is_for_a_locked_run_is_deferred() -> None:
    """The start is not answered before its signal can be recorded."""
    state = run("order")
    given = start("order", conflict=ConflictPolicy.USE_EXISTING, signal=signal(""))
    found = decided(loaded(states={}, busy={state.run_id}, current={("default", "order"): state}), given)
    assert [each.given for each in found.deferred] == [given]


def test_the_inbox_comes_first_and_its_late_entries_are_dropped() -> None:
    """What was accepted earlier is decided earlier; after the end the rest is counted and dropped."""
    state = run()
    inbox = [
        InboxEntry(state.run_id, i.TerminateRequested(run_id=state.run_id)),
        InboxEntry(state.run_id, signal(state.run_id)),
    ]
    found = decided(loaded(state, inbox=inbox), Drain(state.run_id), signal(state.run_id))
    assert replies(found) == [Recorded(), Code.CLOSED]
    assert found.dropped == 1
    assert len(found.transitions) == 1
