"""Older code of this repository, as it was: archives of real commits, unpacked beside the checkout.

They run with the interpreter and the dependencies of the tests. Archives, since a clone may be shallow, and a package
of the sources has no history. When one cannot run on today's dependencies any more, it is no longer one that is
upgraded from, and goes.

    python -m tests.upgrade.releases     packs anew what `RELEASES` lists; needs the whole history
"""

from __future__ import annotations

import lzma
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.harness.processes import ROOT

PARTS = ("manage.py", "schedproject", "workflows", "timers", "dispatch", "sdk/src")
BUILT = "workflows/dashboard/static"
"""The dashboard's bundle, which no engine and no worker reads."""
KEPT = Path(__file__).with_name("released")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A commit of this repository that databases, engines and workers may be left from."""

    name: str
    commit: str

    @property
    def archive(self) -> Path:
        return KEPT / f"{self.name}.tar.xz"


BEFORE_ACCESS = Release(name="before-access", commit="27811c474b3660f7fc55e102ccc7148a121ce518")
"""Nine migrations short: no API keys, no audit, no bulk operations, no table of workers, no live updates, no traces."""

BEFORE_UPGRADES = Release(name="before-upgrades", commit="d555b5edd74a394cda17f02785c403408e072db5")
"""The same tables as today; the last code that knew nothing of these tests."""

RELEASES = (BEFORE_ACCESS, BEFORE_UPGRADES)


def unpack(release: Release, folder: Path) -> Path:
    """The release's code, in a folder of its own."""
    target = folder / release.name
    with tarfile.open(release.archive) as files:
        files.extractall(target, filter="data")
    return target


def migrations_of(release: Release) -> dict[str, bytes]:
    """The release's migrations, by the paths of their files."""
    with tarfile.open(release.archive) as files:
        found = (each for each in files if "/migrations/0" in each.name)
        return {each.name: _content(files, each) for each in found}


def _content(files: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = files.extractfile(member)
    assert file is not None, member.name
    return file.read()


def pack(release: Release) -> None:
    """The same commit makes the same bytes."""
    command = ["git", "archive", release.commit, "--", *PARTS, f":!{BUILT}"]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    release.archive.write_bytes(lzma.compress(archive, preset=9))


if __name__ == "__main__":
    for each in RELEASES:
        pack(each)
