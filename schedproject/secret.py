"""The secret key of a process on a developer's machine: made once, kept beside the embedded database.

Guarantees: processes that start at the same moment agree on one key; the file is readable by its owner alone.
Does not: serve beyond loopback. There `SCHED_SECRET_KEY` is demanded (`environment.check_web`).
"""

from __future__ import annotations

import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from schedproject.environment import Environment
from schedproject.parsers import MEMORY

KEY_BYTES = 48
FILE_NAME = "secret.key"


def secret_key(environment: Environment) -> str:
    """The key that was given, else the one kept on this machine, else a fresh one for `:memory:`."""
    if environment.secret_key:
        return environment.secret_key
    if environment.database_path == MEMORY:
        return secrets.token_urlsafe(KEY_BYTES)
    return kept_key(Path(environment.database_path).absolute().parent)


def kept_key(folder: Path) -> str:
    """Reads the key of `folder`, and makes it first where there is none."""
    kept = folder / FILE_NAME
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder) as fresh:
            fresh.write(secrets.token_urlsafe(KEY_BYTES))
            fresh.flush()
            with suppress(FileExistsError):  # another process was first; its key counts
                kept.hardlink_to(fresh.name)
    return kept.read_text()
