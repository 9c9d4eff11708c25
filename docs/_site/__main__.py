"""Builds the site and checks it; exit status 1 where a link, an anchor or the navigation is wrong."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from docs._site.assembled import BadPage, assemble
from docs._site.links import faults

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "var" / "docs"


def main() -> int:
    shutil.rmtree(TARGET, ignore_errors=True)
    try:
        assemble(ROOT, TARGET)
    except BadPage as refusal:
        return told([str(refusal)])
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", "zensical.toml"],
        cwd=TARGET,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return told([done.stdout + done.stderr])
    found = faults(TARGET / "site")
    if not found:
        sys.stdout.write(f"{TARGET / 'site' / 'index.html'}\n")
    return told(found)


def told(found: list[str]) -> int:
    for each in found:
        sys.stderr.write(f"docs: {each}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
