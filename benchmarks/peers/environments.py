"""A peer's own environment, made the first time that it is asked for: `.venv-peers/<peer>`."""

import subprocess
import sys
from pathlib import Path

from benchmarks.servers.process import ROOT

REQUIREMENTS = Path(__file__).with_name("requirements")
ENVIRONMENTS = ROOT / ".venv-peers"
INSTALL_SECONDS = 600.0


def interpreter(peer: str) -> Path:
    """The Python that has the peer's pinned packages and no others."""
    folder = ENVIRONMENTS / peer
    wanted = REQUIREMENTS / f"{peer}.txt"
    stamp = folder / ".requirements"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        install(folder, wanted)
        stamp.write_text(wanted.read_text())
    return folder / "bin" / "python"


def install(folder: Path, wanted: Path) -> None:
    """Makes the environment anew; packages come from wherever pip is told to look on this machine."""
    print(f"Installing {wanted.stem} into {folder.relative_to(ROOT)} …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(wanted)], check=True, timeout=INSTALL_SECONDS)
