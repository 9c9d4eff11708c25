"""The login of the embedded server's admin: made at the first start, kept in a file that its owner alone can read.

Does not: touch an account that is there already, whose password may have been changed since.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model

NAME = "admin"
PASSWORD_BYTES = 12
FILE_NAME = "admin.password"
MEMORY = ":memory:"


def admin_login() -> tuple[str, str | None]:
    """Name and password of the admin; None when this machine does not know it."""
    database = settings.SCHED.database_path
    kept = Path(database).absolute().with_name(FILE_NAME)
    users = get_user_model().objects
    user = users.filter(username=NAME).first()
    if user is None:
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        users.create_superuser(NAME, password=password)
        if database != MEMORY:
            _keep(kept, password)
        return NAME, password
    password = kept.read_text().strip() if kept.exists() else ""
    return NAME, password if user.check_password(password) else None


def _keep(path: Path, password: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(password + "\n")
