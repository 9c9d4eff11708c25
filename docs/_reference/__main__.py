"""Writes docs/reference, or says which of its pages are not what the code is."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "reference"
# What the developer's shell sets must not come out as a default.
NEUTRAL = {
    "DJANGO_SETTINGS_MODULE": "schedproject.settings.web",
    "SCHED_AUTH": "open",
    "SCHED_DATABASE_PATH": ":memory:",
    "COLUMNS": "100",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m docs._reference", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="compare with the files; exit status 1 on a difference"
    )
    check = parser.parse_args().check
    pages = written()
    if not check:
        for name, text in pages.items():
            (FOLDER / name).write_text(text)
        return 0
    stale = sorted(stale_pages(pages))
    if stale:
        sys.stderr.write(
            f"docs/reference is not what the code is: {', '.join(stale)}. Run `make reference`.\n"
        )
    return 1 if stale else 0


def written() -> dict[str, str]:
    """All pages, by file."""
    for name in [
        name for name in os.environ if name.startswith(("SCHED_", "ENGINE_", "TASK_", "POSTGRES_", "REDIS_"))
    ]:
        del os.environ[name]
    os.environ.update(NEUTRAL)
    import django

    django.setup()
    from docs._reference.pages import PAGES

    return {f"{name}.md": page() for name, page in PAGES.items()}


def stale_pages(pages: dict[str, str]) -> set[str]:
    """Names of files that differ, are missing, or should not be there."""
    kept = {path.name: path.read_text() for path in FOLDER.glob("*.md")}
    return {name for name in pages.keys() | kept.keys() if pages.get(name) != kept.get(name)}


if __name__ == "__main__":
    sys.exit(main())
