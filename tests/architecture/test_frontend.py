"""The dashboard's sources as they are committed: they name no registry, and what they become is in the package."""

from __future__ import annotations

import json
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]
STATIC = "workflows/static/sched"
TOKENS = ROOT / "frontend" / "src" / "design" / "tokens.css"
_TOKEN = re.compile(r"^  (--[\w-]+): ([^;]+);", re.MULTILINE)


def locks() -> list[Path]:
    return sorted(ROOT.glob("*/package-lock.json"))


def addresses(lock: Any) -> list[str]:
    """From where packages would be fetched, whatever a developer's npm is told."""
    return [str(each["resolved"]) for each in lock["packages"].values() if "resolved" in each]


def tokens(path: Path) -> dict[str, str]:
    return dict(_TOKEN.findall(path.read_text()))


def test_lock_files_name_no_registry() -> None:
    """Which one is used is the affair of who installs; what is installed is told by digests."""
    for path in locks():
        assert addresses(json.loads(path.read_text())) == [], path
        assert "omit-lockfile-registry-resolved=true" in (path.parent / ".npmrc").read_text().splitlines()


def test_an_address_would_be_found() -> None:
    """In any package of a lock file."""
    lock = {"packages": {"": {"name": "x"}, "node_modules/y": {"resolved": "https://registry.example/y.tgz"}}}
    assert addresses(lock) == ["https://registry.example/y.tgz"]


def test_the_login_repeats_tokens_as_they_are() -> None:
    """It stands outside the bundle, and looks the same."""
    repeated = tokens(ROOT / STATIC / "login.css")
    assert repeated["--lamp"]
    chosen = tokens(TOKENS) if TOKENS.exists() else repeated
    assert {name: chosen.get(name) for name in repeated} == repeated


def served() -> set[str]:
    """Static files and templates."""
    folders = ("workflows/static", "workflows/templates", "workflows/dashboard", "schedproject/templates")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in found if path.suffix not in {".py", ".pyc"}}


def test_packages_hold_what_is_served(tmp_path: Path) -> None:
    """Wheel and sdist: nobody needs Node to run sched."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    (sdist,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    assert {f"{STATIC}/login.css", "schedproject/templates/admin/base_site.html"} <= served()
    with zipfile.ZipFile(wheel) as archive:
        assert served() - set(archive.namelist()) == set()
    with tarfile.open(sdist) as packed:
        assert served() - {name.partition("/")[2] for name in packed.getnames()} == set()
