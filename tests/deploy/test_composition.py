"""What the Dockerfile and the composition name exists, is safe, and agrees with one another."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from schedproject import environment
from tests.deploy import composition
from tests.e2e.harness.processes import ROOT, clean_environment

FILES = ("SCHED_TLS_CERT", "SCHED_TLS_KEY", "SCHED_TLS_CA")
WORKERS_OWN = frozenset({"TASK_QUEUE", "ENGINE_ADDRESS"})
LOOPBACK = "127.0.0.1:"
BIN = composition.FOLDER / "bin"


@pytest.fixture
def document() -> dict[str, Any]:
    return composition.read(dict.fromkeys(composition.asked_for(), "x" * 64))


@pytest.mark.parametrize("name", composition.asked_for())
def test_nothing_starts_without_its_secret(name: str) -> None:
    """No password has a default: a value that is missing is named."""
    others = {each: "x" * 64 for each in composition.asked_for() if each != name}
    with pytest.raises(composition.Missing, match=f"^{name}: set it in docker/.env$"):
        composition.read(others)


def test_every_variable_is_one_of_ours_and_is_accepted(document: dict[str, Any]) -> None:
    """The platform parses each service's environment and knows all of it; files, which are not here, are left out."""
    for name, service in composition.of_image(document).items():
        said = service.get("environment", {})
        secret_files = {each for each in said if each.endswith("_FILE")}
        left = {each: value for each, value in said.items() if each not in FILES and each not in secret_files}
        found = environment.read(left)
        assert found.unknown == (), name
        ours = environment.WORKERS_NAMES | WORKERS_OWN
        assert {each.removesuffix("_FILE") for each in secret_files} <= ours, name
        plain = {each for each in left if not each.startswith("SCHED_")} - WORKERS_OWN
        assert plain <= {"ENGINE_PORT", "DASHBOARD_PORT"}, name


def test_beyond_loopback_each_server_has_what_it_is_refused_without(document: dict[str, Any]) -> None:
    """The rules of the platform for what listens beyond its own machine, with every file there."""
    services = composition.of_image(document)
    here = {name: str(composition.FILE) for name in FILES}
    for name, check in (("engine", environment.check_engine), ("web", environment.check_web)):
        said = services[name]["environment"]
        found = environment.read(said | {each: here[each] for each in FILES if each in said})
        assert not found.on_loopback
        assert not found.open_access
        check(found)


def test_ports_agree(document: dict[str, Any]) -> None:
    """Where one listens is where others ask: health checks, addresses, the proxy, Prometheus, the image."""
    services = document["services"]
    engine, web, worker = (services[name]["environment"] for name in ("engine", "web", "worker"))
    metrics, dashboard = engine["SCHED_METRICS_PORT"], web["DASHBOARD_PORT"]
    workers = worker["SCHED_WORKER_METRICS"].rpartition(":")[2]
    exposed = {engine["ENGINE_PORT"], metrics, dashboard, workers}
    assert composition.of_dockerfile("EXPOSE")[0].split() == [
        engine["ENGINE_PORT"],
        metrics,
        dashboard,
        workers,
    ]
    assert len(exposed) == 4
    for asker in (web, worker):
        assert asker["ENGINE_ADDRESS"] == f"engine:{engine['ENGINE_PORT']}"
    asked = {name: services[name]["healthcheck"]["test"][-1] for name in ("engine", "web", "worker")}
    assert asked == {
        "engine": f"https://localhost:{metrics}/readyz",
        "web": f"http://localhost:{dashboard}/api/health",
        "worker": f"http://localhost:{workers}/metrics",
    }
    [check] = composition.of_dockerfile("HEALTHCHECK")
    assert json.loads(check.partition("CMD ")[2]) == services["engine"]["healthcheck"]["test"][1:]
    assert f"reverse_proxy web:{dashboard}" in (composition.FOLDER / "Caddyfile").read_text()
    jobs = yaml.safe_load((composition.FOLDER / "prometheus/compose.yml").read_text())["scrape_configs"]
    found = {each["names"][0]: str(each["port"]) for job in jobs for each in job.get("dns_sd_configs", [])}
    assert found == {"engine": metrics, "worker": workers}


def test_only_this_machine_reaches_published_ports(document: dict[str, Any]) -> None:
    """What is published is on loopback, and of what is ours nothing is published past the proxy."""
    for name, service in document["services"].items():
        assert all(port.startswith(LOOPBACK) for port in service.get("ports", [])), name
    assert not any("ports" in each for each in composition.of_image(document).values())


def test_what_is_ours_runs_with_little(document: dict[str, Any]) -> None:
    """Not as root, without capabilities, on files that it cannot change; and it has the time to drain."""
    for name, service in composition.of_image(document).items():
        assert service["user"] == composition.of_dockerfile("USER")[0] == "10001:10001", name
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        grace = service.get("environment", {}).get("SCHED_SHUTDOWN_GRACE_SECONDS")
        if grace is not None:
            assert composition.seconds(service["stop_grace_period"]) > float(grace) + 1, name


def test_volumes_and_dependencies_exist(document: dict[str, Any]) -> None:
    """Named volumes are declared, and their folders are the image's, so that they are its user's; files are there."""
    [made] = [each for each in composition.of_dockerfile("RUN") if "install -d" in each]
    for name, service in document["services"].items():
        for volume in service.get("volumes", []):
            source, target = volume.split(":")[:2]
            if source.startswith("."):
                assert (composition.FOLDER / source).exists(), volume
            else:
                assert source in document["volumes"], volume
                assert name not in composition.of_image(document) or target in shlex.split(made), volume
        assert set(service.get("depends_on", [])) <= set(document["services"]), name


def test_every_path_that_is_copied_exists_and_is_sent() -> None:
    """Sources of COPY are in the repository, and .dockerignore lets them through."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    sent = {line.removeprefix("!") for line in lines if line.startswith("!")}
    copied = [word for each in composition.of_dockerfile("COPY") for word in shlex.split(each)[:-1]]
    assert copied
    for path in copied:
        assert (ROOT / path).exists(), path
    assert set(copied) == sent


def test_commands_of_the_image_are_there() -> None:
    """Entry point and health check are programs of docker/bin, in exec form: no shell stands before a process."""
    programs = {path.name for path in BIN.iterdir() if os.access(path, os.X_OK)}
    [entry], [command] = composition.of_dockerfile("ENTRYPOINT"), composition.of_dockerfile("CMD")
    assert set(json.loads(entry)) <= programs
    assert json.loads(command) == ["python", "manage.py", "runengine"]


def entered(**variables: str) -> subprocess.CompletedProcess[str]:
    """What the entry point hands to its command."""
    return subprocess.run(
        [str(BIN / "sched-entrypoint"), "sh", "-c", 'echo "$SCHED_API_KEY ${SCHED_API_KEY_FILE-unset}"'],
        env=clean_environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_secret_comes_from_its_file(tmp_path: Path) -> None:
    """NAME_FILE becomes NAME, and the program does not see where it came from."""
    key = tmp_path / "key"
    key.write_text("sched_abc\n")
    assert entered(SCHED_API_KEY_FILE=str(key)).stdout == "sched_abc unset\n"


@pytest.mark.parametrize("content", [None, ""])
def test_a_secret_that_is_not_there_is_named(tmp_path: Path, content: str | None) -> None:
    """A file that is missing or empty ends it, with the variable and the path."""
    key = tmp_path / "key"
    if content is not None:
        key.write_text(content)
    refused = entered(SCHED_API_KEY_FILE=str(key))
    assert refused.returncode == 2
    assert f"SCHED_API_KEY_FILE is '{key}'; it must be a file that can be read" in refused.stderr
