"""What gRPC reads from the environment, once, when it is first imported.

From 1.80 on grpcio leaves its sockets to an event engine of its own, and a message there and back wakes three threads
more on each side: it takes 0.25 ms in place of 0.14, and half as much CPU again (two processes that echo 300 bytes). As
long as it can be told to wait for its sockets as it did before, it is. Whoever sets the variable has their way.
"""

from collections.abc import MutableMapping
from importlib.metadata import version

POLL_DIRECTLY = "-event_engine_client,-event_engine_listener"
"""For GRPC_EXPERIMENTS."""
FIRST, END = (1, 80), (1, 86)
"""The versions that have both. A later one may have dropped them, and would complain."""


def prepare(environment: MutableMapping[str, str], installed: str | None = None) -> None:
    """Sets what nobody has set. Before the first import of gRPC.

    Args:
        environment: of the process.
        installed: grpcio's version, `1.85.1`; None: that of this interpreter.
    """
    # gRPC's own lines, of lost connections and the like, are in nobody's format; ours tell what matters.
    environment.setdefault("GRPC_VERBOSITY", "NONE")
    if has_event_engine(installed or version("grpcio")):
        environment.setdefault("GRPC_EXPERIMENTS", POLL_DIRECTLY)


def has_event_engine(installed: str) -> bool:
    """Whether this version waits for sockets by an event engine, and can be told not to."""
    major, minor = installed.split(".")[:2]
    return FIRST <= (int(major), int(minor)) < END
