"""The program: `schedctl`, or `python -m sched_sdk.cli`."""

import os
import sys
from io import TextIOWrapper

# gRPC's own lines, of lost connections and the like, are in nobody's format; it reads this once, when it is loaded.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")


def main() -> None:
    """Run one command; ends the process with its status."""
    from sched_sdk.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that has no such letter is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="schedctl")


if __name__ == "__main__":
    main()
