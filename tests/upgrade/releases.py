"""Older code of this repository, as it was: real commits, unpacked beside the checkout.

They run with the interpreter and the dependencies of the tests. A commit is pinned by what it lacks; when one cannot
run on today's dependencies any more, it is no longer one that is upgraded from, and goes.
"""

from __future__ import annotations

import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.e2e.harness.processes import ROOT

PARTS = ("manage.py", "schedproject", "workflows", "timers", "dispatch", "sdk/src")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A commit of this repository that databases, engines and workers may be left from."""

    name: str
    commit: str


BEFORE_ACCESS = Release(name="before-access", commit="27811c474b3660f7fc55e102ccc7148a121ce518")
"""Nine migrations short: no API keys, no audit, no bulk operations, no table of workers, no live updates, no traces."""

BEFORE_UPGRADES = Release(name="before-upgrades", commit="d555b5edd74a394cda17f02785c403408e072db5")
"""The same tables as today; the last code that knew nothing of these tests."""

RELEASES = (BEFORE_ACCESS, BEFORE_UPGRADES)


def unpack(release: Release, folder: Path) -> Path:
    """The release's code, in a folder of its own."""
    archive = git("archive", release.commit, "--", *PARTS)
    target = folder / release.name
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(target, filter="data")
    return target


def git(*arguments: str) -> bytes:
    """What git says of this clone."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, (
        f"git {' '.join(arguments[:2])}: {done.stderr.decode().strip()}\n"
        "These tests run older commits of this repository. In a shallow clone, bring them: git fetch --unshallow"
    )
    return done.stdout
