"""sched as `pip install` leaves it: the files of the wheels, and none of the checkout's beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tests.e2e.harness.processes import ROOT, clean_environment


def install(folder: Path) -> Path:
    """Where the packages are; on PYTHONPATH they win over the checkout. What they depend on is there already."""
    wheels = [
        next(WheelBuilder(str(source)).build(directory=str(folder / "wheels"), versions=["standard"]))
        for source in (ROOT, ROOT / "sdk")
    ]
    site = folder / "site"
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-index", "--no-compile"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", str(site), *wheels],
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return site
