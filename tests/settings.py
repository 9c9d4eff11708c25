"""Django's settings in tests: the embedded process on Postgres.

The address of the database is filled in when the first test needs it (`tests/conftest.py`). Variables of the
developer's shell do not reach the tests, but for `SCHED_TEST_*`.
"""

import os

from tests.surroundings import forget

forget()
os.environ.update(SCHED_AUTH="open", SCHED_DATABASE_PATH=":memory:", SCHED_LOG_LEVEL="warning")

from schedproject.databases import postgres  # noqa: E402
from schedproject.settings.embedded import *  # noqa: E402, F403

DATABASES = {"default": postgres("postgresql://postgres@127.0.0.1:1/sched", pooled=False)}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING_CONFIG = (
    None  # a handler of ours would hold the capture of the test in which it was made; pytest has its own
)
