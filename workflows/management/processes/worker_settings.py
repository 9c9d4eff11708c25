"""Whether the demo worker would take its variables, asked of the SDK before anything starts.

A process of its own: the server imports nothing of the SDK but its messages. It runs beside the rest of the start, and
is killed with this process (leash.py).
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from workflows.management.processes.refusal import CannotStart

LEASH = Path(__file__).with_name("leash.py")
# As the demo worker itself, which ends with the same status.
BAD_SETTING = 2
QUESTION = f"""
import sys
from sched_sdk.settings import SettingError, Settings, read_flag
try:
    read_flag("AUTO_START_TEST")
    Settings.from_environment()
except SettingError as error:
    sys.stderr.write(str(error))
    sys.exit({BAD_SETTING})
"""


class WorkerSettings:
    """The question, asked when this is made.

    Args:
        variables: the environment that the worker would have.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and words
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), sys.executable, "-c", QUESTION],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(variables),
            text=True,
            process_group=0,  # Ctrl-C in the terminal is this process's affair
        )

    def check(self) -> None:
        """Wait for the answer.

        Raises:
            CannotStart: with the SDK's sentence.
        """
        _, said = self._child.communicate()
        if self._child.returncode == BAD_SETTING:
            raise CannotStart(said.strip())
