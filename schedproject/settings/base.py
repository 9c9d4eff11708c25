"""Settings that every process shares. `SCHED` is the parsed environment; nothing else reads `os.environ`."""

import os
import sys
from pathlib import Path

from schedproject import environment, logs
from schedproject.databases import databases, make_folder
from schedproject.secret import secret_key

try:
    SCHED = environment.read(os.environ)
except environment.BadVariable as refusal:
    sys.exit(f"sched: {refusal}")
for name in SCHED.unknown:
    sys.stderr.write(f"sched: ignored, since it is no variable of sched: {name}\n")

DATABASES = databases(SCHED)


def kept_secret() -> str:
    """Django's key; the folder of the database, in which it is kept, is made first."""
    try:
        make_folder(SCHED)
        return secret_key(SCHED)
    except OSError as error:
        sys.exit(
            f"sched: SCHED_DATABASE_PATH is {SCHED.database_path!r}; its folder cannot be used: {error.strerror}."
        )


BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEBUG = False
ALLOWED_HOSTS: list[str] = []

OWN_APPS = ["workflows", "timers", "dispatch"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en-us"
USE_I18N = False

LOGGING = logs.configure(SCHED.log_level, SCHED.log_format)
