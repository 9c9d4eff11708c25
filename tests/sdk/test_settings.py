"""Settings from the environment: what is taken, and the sentence with which anything else is refused."""

import datetime as dt
from pathlib import Path

import pytest
from sched_sdk.client import AsyncClient
from sched_sdk.settings import SettingError, Settings, Tls, read_flag

PEM = "-----BEGIN CERTIFICATE-----\n"


def test_nothing_set_means_the_defaults() -> None:
    """An empty variable is an unset one."""
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"ENGINE_ADDRESS": "", "SCHED_WORKER_STREAMING": ""}) == Settings()


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable reaches its field."""
    pem = tmp_path / "some.pem"
    pem.write_text(PEM)
    settings = Settings.from_environment(
        {
            "ENGINE_ADDRESS": "engine.internal:443",
            "TASK_QUEUE": "payments",
            "SCHED_WORKER_STREAMING": "true",
            "SCHED_SHUTDOWN_GRACE_SECONDS": "2.5",
            "SCHED_WORKFLOW_SLOTS": "5",
            "SCHED_ACTIVITY_SLOTS": "6",
            "SCHED_LOG_LEVEL": "DEBUG",
            "SCHED_LOG_FORMAT": "json",
            "SCHED_API_KEY": "key",
            "SCHED_TLS_CA": str(pem),
            "SCHED_TLS_CERT": str(pem),
            "SCHED_TLS_KEY": str(pem),
            "SCHED_WORKER_METRICS": "0.0.0.0:9100",
            "SCHED_OTLP_ENDPOINT": "http://collector:4317",
            "SCHED_OTEL_SERVICE_NAME": "orders",
        }
    )
    text = PEM.encode()
    assert settings == Settings(
        address="engine.internal:443",
        task_queue="payments",
        streaming=True,
        shutdown_grace=dt.timedelta(seconds=2.5),
        workflow_slots=5,
        activity_slots=6,
        log_level="debug",
        log_format="json",
        api_key="key",
        tls=Tls(ca=text, cert=text, key=text),
        metrics=("0.0.0.0", 9100),
        otlp_endpoint="http://collector:4317",
        otel_service_name="orders",
    )
    assert Settings.from_environment({"SCHED_WORKER_METRICS": "9100"}).metrics == ("127.0.0.1", 9100)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("ENGINE_ADDRESS", "localhost", "host:port"),
        ("SCHED_WORKER_METRICS", "65536", "a port from 1 to 65535 (of loopback), or host:port"),
        ("SCHED_OTLP_ENDPOINT", "collector:4317", "an address that starts with http:// or https://"),
        ("SCHED_WORKER_METRICS", "here", "a port from 1 to 65535"),
        ("ENGINE_ADDRESS", "localhost:0", "host:port"),
        ("ENGINE_ADDRESS", "localhost:65536", "host:port"),
        ("ENGINE_ADDRESS", "http://localhost:50051", "host:port"),
        ("TASK_QUEUE", "a b", "1 to 200"),
        ("TASK_QUEUE", "x" * 10_000, "1 to 200"),
        ("SCHED_WORKER_STREAMING", "maybe", "true or false"),
        ("SCHED_SHUTDOWN_GRACE_SECONDS", "-1", "seconds from 0"),
        ("SCHED_SHUTDOWN_GRACE_SECONDS", "nan", "seconds from 0"),
        ("SCHED_SHUTDOWN_GRACE_SECONDS", "99999", "seconds from 0"),
        ("SCHED_WORKFLOW_SLOTS", "0", "a whole number from 1"),
        ("SCHED_ACTIVITY_SLOTS", "1.5", "a whole number from 1"),
        ("SCHED_ACTIVITY_SLOTS", "10001", "a whole number from 1"),
        ("SCHED_LOG_LEVEL", "loud", "debug, info, warning, error"),
        ("SCHED_LOG_FORMAT", "xml", "text, json"),
        ("SCHED_TLS_CA", "/nowhere/ca.pem", "readable PEM file"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(name: str, value: str, allowed: str) -> None:
    """It names the variable, the value (shortened) and what is allowed."""
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({name: value})
    sentence = str(caught.value)
    assert sentence.startswith(f"{name}='{value[:20]}")
    assert allowed in sentence
    assert len(sentence) < 300


def test_a_bad_key_is_not_shown() -> None:
    """A secret with a line break is refused without being repeated."""
    with pytest.raises(SettingError) as caught:
        Settings.from_environment({"SCHED_API_KEY": "hush\nhush"})
    assert "hush" not in str(caught.value)
    assert "SCHED_API_KEY" in str(caught.value)


def test_a_certificate_comes_with_its_key(tmp_path: Path) -> None:
    """One without the other is refused, and the missing one named."""
    pem = tmp_path / "some.pem"
    pem.write_text(PEM)
    with pytest.raises(SettingError, match=r"SCHED_TLS_KEY.*because SCHED_TLS_CERT is set"):
        Settings.from_environment({"SCHED_TLS_CERT": str(pem)})
    pem.write_text("nothing of the kind")
    with pytest.raises(SettingError, match="BEGIN"):
        Settings.from_environment({"SCHED_TLS_CA": str(pem)})


@pytest.mark.parametrize(("text", "value"), [("1", True), ("on", True), ("No", False), ("", False)])
def test_flags(text: str, value: bool) -> None:
    """In the usual spellings."""
    assert read_flag("AUTO_START_TEST", {"AUTO_START_TEST": text}) is value


def test_arguments_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is given in code is meant; the rest is as the environment says. Both are checked."""
    monkeypatch.setenv("ENGINE_ADDRESS", "from.env:1")
    monkeypatch.setenv("TASK_QUEUE", "from-env")
    client = AsyncClient("from.code:2")
    assert (client._target.address, client.task_queue) == ("from.code:2", "from-env")
    with pytest.raises(SettingError, match="address="):
        AsyncClient("nonsense")
    monkeypatch.setenv("SCHED_WORKFLOW_SLOTS", "none")
    with pytest.raises(SettingError, match="SCHED_WORKFLOW_SLOTS"):
        AsyncClient("from.code:2")
