"""What clients refuse before anything is sent: options that do not exist, and values of the wrong type."""

import datetime as dt
import re
from typing import Any

import pytest
from sched_sdk.client import AsyncClient, Client
from sched_sdk.errors import ArgumentError

NOWHERE = "127.0.0.1:1"


def blocking(**options: Any) -> Client:
    client = Client(NOWHERE, **options)
    client.workflow("Order")(lambda ctx: None)
    return client


def test_a_client_knows_its_options() -> None:
    """A misspelt one is refused with those that there are."""
    with pytest.raises(TypeError, match="unknown option 'bogus': known are task_queue, "):
        Client(NOWHERE, bogus=1)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("method", "arguments", "option"),
    [
        ("start", {"workflow": "Order", "execution_timout": 5}, "execution_timout"),
        ("list", {"workflow_name": "x"}, "workflow_name"),
        ("list", {"limit": -1}, "limit"),
        ("run_worker", {"slots": 5}, "slots"),
    ],
)
def test_calls_know_their_options(method: str, arguments: dict[str, Any], option: str) -> None:
    """`list` refuses when it is called, not when its first run is asked for."""
    with blocking() as client, pytest.raises(TypeError, match=f"unknown option '{option}': known are "):
        getattr(client, method)(**arguments)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retry_for", "2"),
        ("retry_for", -1),
        ("task_queue", 5),
        ("namespace", 5),
        ("identity", 5),
        ("api_key", 5),
        ("tls", 5),
        ("registry", 5),
    ],
)
def test_a_client_names_the_argument(field: str, value: object) -> None:
    """Field, value and rule."""
    with pytest.raises(ArgumentError, match=rf"^{field}: "):
        AsyncClient(NOWHERE, **{field: value})  # type: ignore[arg-type]


def test_an_address_is_text() -> None:
    """As every argument, it is named."""
    with pytest.raises(ArgumentError, match=r"^address: 5: must be a str"):
        AsyncClient(5)  # type: ignore[arg-type]


def test_retry_for_may_be_seconds() -> None:
    """As every duration of the SDK."""
    AsyncClient(NOWHERE, retry_for=2)
    AsyncClient(NOWHERE, retry_for=dt.timedelta(seconds=2))


CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("get", {"workflow_id": 5}, "workflow_id: 5: must be 1 to 200"),
    ("get", {"workflow_id": "o-1", "run_id": 5}, "run_id: 5: must be a str"),
    ("handle", {"workflow_id": "o-1", "run_id": 5}, "run_id: 5: must be a str"),
    ("result", {"workflow_id": None}, "workflow_id: None: must be"),
    ("signal", {"workflow_id": 5, "name": "x"}, "workflow_id: 5: must be"),
    ("signal", {"workflow_id": "o-1", "name": "x", "request_id": 5}, "request_id: 5: must be"),
    ("cancel", {"workflow_id": "o-1", "reason": 5}, "reason: 5: must be a str"),
    ("terminate", {"workflow_id": "o-1", "reason": 5}, "reason: 5: must be a str"),
    ("history", {"workflow_id": "o-1", "after": "x"}, "after: 'x': must be an int"),
    ("history", {"workflow_id": "o-1", "after": 2**70}, f"after: {2**70}: must be 0 to"),
    ("list", {"started_after": "x"}, "started_after: 'x': must be a datetime"),
    ("list", {"started_before": dt.datetime(2026, 1, 1)}, "aware of its time zone"),
    ("list", {"page_size": 0}, "page_size: 0: must be 1 to 500"),
    ("list", {"workflow_type": 5}, "workflow_type: 5: must be a str"),
    ("list", {"id_prefix": 5}, "id_prefix: 5: must be a str"),
    ("list", {"status": 5}, "status: 5: must be one of"),
    ("run_worker", {"workflow_slots": 0}, "workflow_slots: 0: must be 1 to"),
    ("run_worker", {"activity_slots": "9"}, "activity_slots: '9': must be an int"),
    ("run_worker", {"streaming": "yes"}, "streaming: 'yes': must be a bool"),
    ("run_worker", {"build": 5}, "build: 5: must be a str"),
]


@pytest.mark.parametrize(("method", "arguments", "message"), CALLS)
def test_calls_name_the_argument(method: str, arguments: dict[str, Any], message: str) -> None:
    """Field, value and rule, and not an error of whatever met the value first."""
    with blocking() as client, pytest.raises(ArgumentError, match=re.escape(message)):
        getattr(client, method)(**arguments)
