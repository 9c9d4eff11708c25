"""The demo worker's workflows: their turns over the histories that the documentation promises, and their activities."""

import asyncio
import json
from typing import Any

import pytest
from sched_sdk.demo import (
    approval_gate,
    hello_world,
    long_demo,
    monthly_report,
    order_saga,
    retry_demo,
    signal_demo,
)
from sched_sdk.demo.registry import registry
from sched_sdk.demo.text import shown
from sched_sdk.proto.v1.common_pb2 import Failure

from tests.sdk.peer import activity_task, payload, peer_engine
from tests.sdk.replaying import Code
from tests.sdk.working import client_of, running_worker

REPORT_SO_FAR = "WS(), Y, AS0(SendEmail), TS1, AC0, TF1, Y, AS2(SendEmail), TS3, AC2, TF3"
FAILED_ORDER = 'WS({"fail":"ship"}), Y, AS0(Charge), AC0=true, Y, AS1(Reserve), AC1=true, Y, AS2(Ship), AF2'


@pytest.mark.parametrize(
    ("function", "history", "turn"),
    [
        (hello_world.hello_world, 'WS("world")', 'AS0(SayHello) WC="Hello workflow completed"'),
        (monthly_report.monthly_report, "WS()", "AS0(SendEmail) TS1(2) -> any 1"),
        (
            monthly_report.monthly_report,
            REPORT_SO_FAR,
            "AS4(SendEmail) TS5(2) -> any 5",
        ),
        (
            monthly_report.monthly_report,
            REPORT_SO_FAR + ", Y, AS4(SendEmail), TS5, AC4, TF5",
            'WC="Report completed"',
        ),
        (approval_gate.approval_gate, 'WS("req-42")', "TS0(86400) -> any 0 *"),
        (
            approval_gate.approval_gate,
            'WS("req-42"), Y, TS0, SR(approve={"n":1})',
            'TX0 AS1(Process) WC="approved" took 4',
        ),
        (approval_gate.approval_gate, 'WS("req-42"), Y, TS0, SR(reject)', 'TX0 WC="rejected" took 4'),
        (approval_gate.approval_gate, 'WS("req-42"), Y, TS0, TF0', 'WC="rejected"'),
        (signal_demo.signal_demo, 'WS(), Y, TS0, SR(go="now")', 'TX0 WC="got go=now" took 4'),
        (signal_demo.signal_demo, 'WS(), Y, TS0, SR(go={"a":1})', 'TX0 WC="got go={\\"a\\":1}" took 4'),
        (signal_demo.signal_demo, "WS(), Y, TS0, TF0", 'WC="timed out"'),
        (retry_demo.retry_demo, "WS()", 'AS0(AlwaysFail) WC="retry demo done"'),
        (long_demo.long_demo, "WS()", 'AS0(LongWork) WC="long demo done"'),
        (order_saga.order_saga, "WS()", "AS0(Charge) -> any 0"),
        (order_saga.order_saga, "WS(), Y, AS0(Charge), AC0=true", "AS1(Reserve) -> any 1"),
        (
            order_saga.order_saga,
            "WS(), Y, AS0(Charge), AC0=true, Y, AS1(Reserve), AC1=true, Y, AS2(Ship), AC2=true",
            'WC={"charged":true,"reserved":true,"shipped":true}',
        ),
        (
            order_saga.order_saga,
            FAILED_ORDER + ", Y, AS3(Release), AC3=true, Y, AS4(Refund), AC4=true",
            'WC={"compensated":["reserve","charge"]}',
        ),
        (order_saga.order_saga, 'WS({"fail":"charge"}), Y, AS0(Charge), AF0', 'WC={"compensated":[]}'),
    ],
)
def test_a_workflow_does_as_documented(function: Any, history: str, turn: str) -> None:
    """One turn over a history."""
    assert Code(function).says(history) == turn


def test_everything_is_registered() -> None:
    """Under the names of the documentation."""
    assert sorted(registry.workflows) == [
        "ApprovalGate",
        "HelloWorld",
        "LongDemo",
        "MonthlyReport",
        "OrderSaga",
        "RetryDemo",
        "SignalDemo",
    ]


@pytest.mark.parametrize(
    ("value", "text"), [("now", "now"), (1, "1"), (None, "null"), ({"ä": [True, 2]}, '{"ä":[true,2]}')]
)
def test_how_a_payload_is_shown(value: object, text: str) -> None:
    """A string without quotes, anything else as JSON."""
    assert shown(value) == text


@pytest.mark.parametrize(
    ("activity", "input_", "result"),
    [
        ("SayHello", '"world"', "Hello, world!"),
        ("SayHello", "null", "Hello, world!"),
        ("SendEmail", '{"round":1}', {"sent": True, "mail": {"round": 1}}),
        ("Process", '{"n":1}', {"processed": {"n": 1}}),
        ("Charge", '{"step":"charge","order":null}', True),
        ("Release", '{"step":"reserve","order":{}}', True),
    ],
)
async def test_an_activity_returns(activity: str, input_: str, result: object) -> None:
    """What the documentation says."""
    completion = await run(activity_task(activity, input_))
    assert json.loads(completion.result.data) == result


@pytest.mark.parametrize(
    ("activity", "input_", "type_"),
    [
        ("AlwaysFail", "null", "DemoError"),
        ("Ship", '{"step":"ship","order":{"fail":"ship"}}', "StepFailed"),
    ],
)
async def test_an_activity_fails(activity: str, input_: str, type_: str) -> None:
    """As asked for."""
    failure: Failure = (await run(activity_task(activity, input_))).failure.failure
    assert failure.type == type_
    assert failure.non_retryable is (type_ == "StepFailed")


async def test_long_work_shows_its_steps_and_stops_when_asked() -> None:
    """A heartbeat each second; `canceled` after the engine's word; a second attempt goes on where the first was."""
    task = activity_task("LongWork", heartbeat_details=_details(30))
    async with peer_engine() as peer, running_worker(client_of(peer, registry=registry), streaming=True):
        peer.give("activity", task)
        await peer.until(lambda: peer.heartbeats)
        assert json.loads(peer.heartbeats[0].details.data) == {"step": 31}
        peer.verdicts[task.token] = {"cancel_requested": True}
        async with asyncio.timeout(10):
            await peer.until(lambda: peer.completions)
        assert peer.completions[0].WhichOneof("outcome") == "canceled"


def _details(step: int) -> Any:
    return payload(json.dumps({"step": step}))


async def run(task: Any) -> Any:
    async with peer_engine() as peer, running_worker(client_of(peer, registry=registry), streaming=True):
        peer.give("activity", task)
        await peer.until(lambda: peer.completions)
        return peer.completions[0]
