"""As those of `make up`, with a folder of static files that come first."""

import os

from schedproject.settings.embedded import *  # noqa: F403
from tests.browser.bundle import STATIC

STATICFILES_DIRS = [os.environ[STATIC]]
