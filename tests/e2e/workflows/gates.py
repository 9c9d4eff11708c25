"""Files by which a test and a worker tell each other things: "I am here", "go on"."""

from pathlib import Path

from tests.e2e.harness.waiting import LOOK_SECONDS, let_pass


def announce(folder: str, name: str) -> None:
    """Tell the test that this place was reached."""
    (Path(folder) / name).touch()


def hold(folder: str, name: str) -> None:
    """Wait here until the test makes the file `name`, if need be until this process is killed."""
    gate = Path(folder) / name
    while not gate.exists():
        let_pass(LOOK_SECONDS)
