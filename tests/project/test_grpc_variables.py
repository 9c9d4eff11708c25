"""What our commands set for gRPC before it is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from workflows.management.processes import grpc_variables

CALLS = 300
ECHOES = f"""
import os, re
from workflows.management.processes import grpc_variables
grpc_variables.prepare(os.environ)
del os.environ["GRPC_VERBOSITY"]
import grpc
from concurrent.futures import ThreadPoolExecutor

def wake_ups():
    statuses = [open(f"/proc/self/task/{{each}}/status").read() for each in os.listdir("/proc/self/task")]
    of_engine = [each for each in statuses if "event_engine" in each]
    return sum(int(re.search(r"\\nvoluntary_ctxt_switches:\\s+(\\d+)", each)[1]) for each in of_engine)

server = grpc.server(ThreadPoolExecutor(1))
echo = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("t.T", {{"Echo": echo}}),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{{port}}") as channel:
    call = channel.unary_unary("/t.T/Echo")
    assert call(b"there and back", timeout=20) == b"there and back"
    before = wake_ups()
    for _ in range({CALLS}):
        call(b"", timeout=20)
    print(wake_ups() - before)
server.stop(None).wait()
"""


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ("1.78.2", None),
        ("1.80.0", grpc_variables.POLL_DIRECTLY),
        ("1.85.3", grpc_variables.POLL_DIRECTLY),
        ("1.86.0", None),
        ("1.100.0rc1", None),
        ("2.0", None),
    ],
)
def test_only_versions_that_have_both_ways_are_told(installed: str, expected: str | None) -> None:
    """Another one would complain of an experiment that it does not know."""
    found: dict[str, str] = {}
    grpc_variables.prepare(found, installed)
    assert found.get("GRPC_EXPERIMENTS") == expected


def test_who_sets_a_variable_has_their_way() -> None:
    """Also with an empty one."""
    found = {"GRPC_EXPERIMENTS": "", "GRPC_VERBOSITY": "debug"}
    grpc_variables.prepare(found, "1.85.1")
    assert found == {"GRPC_EXPERIMENTS": "", "GRPC_VERBOSITY": "debug"}


def test_the_installed_grpc_does_as_it_is_told_and_says_nothing() -> None:
    """Calls go there and back without threads of the event engine between, and nothing is complained of."""
    assert wake_ups({}) < wake_ups({"GRPC_EXPERIMENTS": ""}) / 3


def wake_ups(told: dict[str, str]) -> int:
    """Of the event engine's threads, by some calls in a process that was told this before."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GRPC_")}
    done = subprocess.run(
        [sys.executable, "-c", ECHOES], env=own | told, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return int(done.stdout)
